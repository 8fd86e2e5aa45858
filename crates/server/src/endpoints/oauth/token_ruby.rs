//! `POST /token`.

use axum::extract::{Request, State};
use axum::response::Response;
use exchequer_types::{ErrorBody, TokenError, TokenResponse};

use super::issue::{TokenForm, issue};
use crate::error::ApiError;
use crate::state::HttpState;

/// Issues an access token (path of the Ruby SDK).
///
/// This is the same as `/oauth/token`, at the path that the Ruby SDK uses.
#[utoipa::path(
    post,
    path = "/token",
    tag = "OAuth",
    operation_id = "postToken",
    request_body(
        content = TokenForm,
        content_type = "application/x-www-form-urlencoded",
        description = "`grant_type=client_credentials`",
    ),
    responses(
        (status = 200, description = "The token.", body = TokenResponse),
        (status = 400, description = "The request is not a token request with client credentials.", body = TokenError),
        (status = 401, description = "There is no such client, or the secret is wrong.", body = TokenError),
        (status = 413, description = "The form is too large.", body = ErrorBody),
        (status = 415, description = "The body is not a form.", body = TokenError),
        (status = 429, description = "Too many requests, or too many failed ones.", body = ErrorBody),
        (status = 503, description = "The database cannot be reached, or the server is shutting down.", body = ErrorBody),
    ),
)]
pub(crate) async fn post(
    State(state): State<HttpState>,
    request: Request,
) -> Result<Response, ApiError> {
    issue(&state, request).await
}
