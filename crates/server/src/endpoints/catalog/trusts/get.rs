//! `GET /api/v2/billing/catalog/trusts/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::trusts;
use exchequer_types::CatalogTrust;

use super::{parties, show};
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows a trust.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/trusts/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogTrust",
    params(("id" = String, Path, description = "`{trustee}:{trustor}`, two organisation ids.")),
    responses((status = 200, description = "The trust.", body = CatalogTrust)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let parties = parties(&id).ok_or_else(ApiError::not_found)?;
    let found = state
        .database()
        .read(move |db| trusts::find(db, parties))
        .await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let version = found.version;
    versioned(ok(&show(found))?, version)
}
