//! `GET /api/v2/billing/catalog/organizations`.

use axum::extract::State;
use axum::response::Response;
use exchequer_store::catalog::organizations;
use exchequer_types::{CatalogOrganization, Listing};

use super::{PATH, show};
use crate::auth::Operator;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

/// Lists organisations, by id.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/organizations",
    tag = "Catalog",
    operation_id = "getBillingCatalogOrganizations",
    params(
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogOrganization>)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let page = state
        .database()
        .read(move |db| organizations::list(db, window))
        .await?;
    ok(&paging.listing(page, PATH, None, show))
}
