//! `DELETE /api/v2/tokens/me`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::login;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::AppState;

/// Revokes the token that the request is sent with.
#[utoipa::path(
    delete,
    path = super::PATH,
    tag = "Tokens",
    operation_id = "deleteTokensMe",
    responses((status = 200, description = "The token is revoked.")),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<StatusCode, ApiError> {
    login::revoke(&state, &caller).await?;
    Ok(StatusCode::OK)
}
