//! The logic of both token endpoints.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;

use crate::auth::login;
use crate::body;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::middleware::RequestContext;
use crate::params::Params;
use crate::state::HttpState;

/// The form of a token request.
#[derive(utoipa::ToSchema)]
#[schema(as = TokenRequest)]
#[expect(dead_code, reason = "it describes; forms are read by name")]
pub(super) struct TokenForm {
    /// `client_credentials`
    #[schema(value_type = GrantType)]
    grant_type: String,
    /// Needed unless the credentials are in a Basic header.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// Needed unless the credentials are in a Basic header.
    #[schema(nullable = false, format = Password)]
    client_secret: Option<String>,
}

/// The grants.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes; forms are read by name")]
pub(super) enum GrantType {
    /// The client acts for its own organisation.
    ClientCredentials,
}

/// Answers a token request.
pub(super) async fn issue(state: &HttpState, request: Request) -> Result<Response, ApiError> {
    let (mut parts, content) = request.into_parts();
    let form = form(&parts, content, state).await?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        None => return Err(ApiError::bad_request().oauth("invalid_request")),
        Some(other) => {
            let error = ApiError::invalid_value(other, "grant_type", "client_credentials");
            return Err(error.oauth("unsupported_grant_type"));
        }
    }
    let address = ConnectInfo::<SocketAddr>::from_request_parts(&mut parts, state).await;
    let address = address.ok().map(|ConnectInfo(address)| address.ip());
    let context = parts
        .extensions
        .get::<RequestContext>()
        .cloned()
        .unwrap_or_default();
    let granted = login::grant(state.app(), &parts.headers, &form, address, &context);
    ok(&granted.await?)
}

async fn form(parts: &Parts, content: Body, state: &HttpState) -> Result<Params, ApiError> {
    const FORM: &str = "application/x-www-form-urlencoded";
    if body::media_type(&parts.headers).is_some_and(|media| media != FORM) {
        return Err(ApiError::unsupported_media_type(FORM).oauth("invalid_request"));
    }
    let content = body::small(content, state).await?;
    let text = std::str::from_utf8(&content).map_err(|error| {
        ApiError::bad_request()
            .oauth("invalid_request")
            .because(error)
    })?;
    Ok(Params::parse(text))
}
