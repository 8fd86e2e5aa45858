//! `GET /api/v2/billing/catalog/meters`.

use axum::extract::State;
use axum::response::Response;
use exchequer_store::catalog::{Page, meters};
use exchequer_types::{CatalogMeter, Listing};

use super::{PATH, show};
use crate::auth::Operator;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

/// Lists meters, by name.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/meters",
    tag = "Catalog",
    operation_id = "getBillingCatalogMeters",
    params(
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogMeter>)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let set = state.database().read(meters::load).await?;
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let rows = set.meters().iter().skip(offset).take(window.limit as usize);
    let page = Page {
        rows: rows.cloned().collect(),
        total: set.meters().len() as u64,
    };
    ok(&paging.listing(page, PATH, None, show))
}
