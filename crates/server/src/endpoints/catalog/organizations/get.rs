//! `GET /api/v2/billing/catalog/organizations/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::organizations;
use exchequer_types::CatalogOrganization;

use super::{existing_id, show};
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows an organisation.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/organizations/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogOrganization",
    params(("id" = String, Path, description = "Its id, a UUID.")),
    responses((status = 200, description = "The organisation.", body = CatalogOrganization)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let found = state
        .database()
        .read(move |db| organizations::find(db, id))
        .await?;
    let organization = found.ok_or_else(ApiError::not_found)?;
    let version = organization.version;
    versioned(ok(&show(organization))?, version)
}
