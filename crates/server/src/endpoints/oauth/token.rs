//! `POST /oauth/token`.

use axum::extract::{Request, State};
use axum::response::Response;
use exchequer_types::TokenResponse;

use super::issue::issue;
use crate::error::ApiError;
use crate::state::AppState;

/// Gives an access token.
///
/// As every SDK but the Ruby one asks for it: client credentials as a Basic header or in the form.
#[utoipa::path(
    post,
    path = "/oauth/token",
    tag = "OAuth",
    operation_id = "postOauthToken",
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
