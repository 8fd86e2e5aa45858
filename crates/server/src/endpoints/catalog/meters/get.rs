//! `GET /api/v2/billing/catalog/meters/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::meters;
use exchequer_types::CatalogMeter;

use super::{newest, show};
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows a meter and all of its versions.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/meters/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogMeter",
    params(("id" = String, Path, description = "Its name.")),
    responses((status = 200, description = "The meter.", body = CatalogMeter)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let set = state.database().read(meters::load).await?;
    let meter = set
        .by_name(&name)
        .cloned()
        .ok_or_else(ApiError::not_found)?;
    let version = newest(&meter);
    versioned(ok(&show(meter))?, version)
}
