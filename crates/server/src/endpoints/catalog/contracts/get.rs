//! `GET /api/v2/billing/catalog/contracts/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::contracts;
use exchequer_types::CatalogContract;

use super::show;
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows a contract.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/contracts/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogContract",
    params(("id" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The contract.", body = CatalogContract)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = state
        .database()
        .read(move |db| contracts::find(db, &id))
        .await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let version = found.version;
    versioned(ok(&show(found)?)?, version)
}
