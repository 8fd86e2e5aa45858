//! `DELETE /api/v2/billing/catalog/clients/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;

use super::existing_id;
use crate::app::catalog;
use crate::auth::Operator;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::deletion_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Deletes a client; its tokens end with it.
#[utoipa::path(
    delete,
    path = "/api/v2/billing/catalog/clients/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogClient",
    params(
        ("id" = String, Path, description = "Its id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "It is the last that may edit the catalog."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&state);
    let id = existing_id(&id)?;
    let deletion = catalog::delete_client(&state, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
