//! `GET /api/v2/billing/catalog/trusts`.

use axum::extract::State;
use axum::response::Response;
use exchequer_store::catalog::trusts;
use exchequer_types::{CatalogTrust, Listing};

use super::{PATH, show};
use crate::auth::Operator;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

/// Lists trusts, by trustee, then trustor.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/trusts",
    tag = "Catalog",
    operation_id = "getBillingCatalogTrusts",
    params(
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogTrust>)),
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
        .read(move |db| trusts::list(db, window))
        .await?;
    ok(&paging.listing(page, PATH, None, show))
}
