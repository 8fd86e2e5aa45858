//! `POST /token`.

use axum::extract::{Request, State};
use axum::response::Response;
use exchequer_types::TokenResponse;

use super::issue::issue;
use crate::error::ApiError;
use crate::state::AppState;

/// Gives an access token (path of the Ruby SDK).
///
/// The same as `/oauth/token`, where the Ruby SDK looks for it.
#[utoipa::path(
    post,
    path = "/token",
    tag = "OAuth",
    operation_id = "postToken",
    request_body(
        content = String,
        content_type = "application/x-www-form-urlencoded",
        description = "`grant_type=client_credentials`",
    ),
    responses((status = 200, description = "The token.", body = TokenResponse)),
)]
pub(crate) async fn post(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, ApiError> {
    issue(&state, request).await
}
