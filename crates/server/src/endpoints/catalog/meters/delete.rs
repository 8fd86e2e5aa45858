//! `DELETE /api/v2/billing/catalog/meters/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::app::catalog;
use crate::auth::Operator;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::deletion_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Deletes a meter that cannot have counted anything yet.
#[utoipa::path(
    delete,
    path = "/api/v2/billing/catalog/meters/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogMeter",
    params(
        ("id" = String, Path, description = "Its name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "There is usage since it began."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    operator: Operator,
    Path(name): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&state);
    let deletion = catalog::delete_meter(&state, actor, name, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
