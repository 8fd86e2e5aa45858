//! `GET /api/v2/billing/catalog/products`.

use axum::extract::State;
use axum::response::Response;
use exchequer_store::catalog::products;
use exchequer_types::{CatalogProduct, Listing};

use super::{PATH, show};
use crate::auth::Operator;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

/// Lists products, by part number.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/products",
    tag = "Catalog",
    operation_id = "getBillingCatalogProducts",
    params(
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogProduct>)),
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
        .read(move |db| products::list(db, window))
        .await?;
    ok(&paging.listing(page, PATH, None, show))
}
