//! `GET /api/v2/billing/catalog/clients/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::clients;
use exchequer_types::CatalogClient;

use super::{existing_id, show};
use crate::auth::Operator;
use crate::endpoints::catalog::versioned;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::AppState;

/// Shows a client; never its secrets.
#[utoipa::path(
    get,
    path = "/api/v2/billing/catalog/clients/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogClient",
    params(("id" = String, Path, description = "Its id, a UUID.")),
    responses((status = 200, description = "The client.", body = CatalogClient)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let found = state
        .database()
        .read(move |db| clients::find(db, id))
        .await?;
    let client = found.ok_or_else(ApiError::not_found)?;
    let version = client.version;
    versioned(ok(&show(client))?, version)
}
