//! `DELETE /api/v2/tokens/me`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::auth::Caller;
use crate::error::ApiError;
use exchequer_app::{App, login};

/// Revokes the token that the request is sent with.
///
/// Other tokens of the client stay as they are.
#[utoipa::path(
    delete,
    path = super::PATH,
    tag = "Tokens",
    operation_id = "deleteTokensMe",
    responses((status = 200, description = "The token is revoked.")),
)]
pub(crate) async fn delete(State(app): State<App>, caller: Caller) -> Result<StatusCode, ApiError> {
    login::revoke(&app, &caller).await?;
    Ok(StatusCode::OK)
}
