//! `GET /.well-known/oauth-authorization-server`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::response::Response;
use exchequer_types::{ErrorBody, OauthMetadata};

use super::token;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::state::HttpState;

/// Describes the token endpoint to OAuth 2 clients (RFC 8414).
///
/// Addresses begin with the setting `public_url` of the server, or else with what the
/// header `Host` says.
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server",
    tag = "OAuth",
    operation_id = "getOauthAuthorizationServer",
    responses(
        (status = 200, description = "The metadata.", body = OauthMetadata),
        (status = 400, description = "The header `Host` is missing or not a host.", body = ErrorBody),
    ),
)]
pub(crate) async fn get(
    State(state): State<HttpState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let issuer = match state.public_url() {
        Some(origin) => origin.to_string(),
        None => {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            let host: Authority = host
                .and_then(|host| host.parse().ok())
                .ok_or_else(ApiError::bad_request)?;
            format!("{}://{host}", state.scheme())
        }
    };
    let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    ok(&OauthMetadata {
        token_endpoint: format!("{issuer}{}", token::PATH),
        service_documentation: format!("{issuer}/docs"),
        issuer,
        grant_types_supported: texts(&["client_credentials"]),
        response_types_supported: Vec::new(),
        token_endpoint_auth_methods_supported: texts(&[
            "client_secret_basic",
            "client_secret_post",
        ]),
    })
}
