//! `DELETE /api/v2/billing/catalog/trusts/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;

use super::parties;
use crate::app::catalog;
use crate::auth::Operator;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::deletion_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Ends a trust: from the next request on the partner sees nothing.
#[utoipa::path(
    delete,
    path = "/api/v2/billing/catalog/trusts/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogTrust",
    params(
        ("id" = String, Path, description = "`{trustee}:{trustor}`, two organisation ids."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone; the partner sees nothing any more."),
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
    let parties = parties(&id).ok_or_else(ApiError::not_found)?;
    let deletion = catalog::delete_trust(&state, actor, parties, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
