//! `GET /api/v2/billing/catalog/products/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::products;
use exchequer_types::CatalogProduct;

use super::show;
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows a product.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/products/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogProduct",
    params(("id" = String, Path, description = "Its part number.")),
    responses((status = 200, description = "The product.", body = CatalogProduct)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = state
        .database()
        .read(move |db| products::find(db, &id))
        .await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let version = found.version;
    versioned(ok(&show(found))?, version)
}
