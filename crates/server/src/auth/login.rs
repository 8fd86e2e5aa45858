//! Logins: a token for the right credentials, within the rate limits.

use std::net::IpAddr;

use axum::http::HeaderMap;
use exchequer_app::login::{self, IssuedToken};
use exchequer_app::{App, Key};
use exchequer_types::TokenResponse;

use super::credentials;
use crate::error::ApiError;
use crate::middleware::RequestContext;
use crate::params::Params;

/// Issues a token for the right credentials. A failed login counts for the address, a
/// token for the client; either is refused beyond its rate limit, before a secret is
/// compared or a token is stored.
pub(crate) async fn grant(
    app: &App,
    headers: &HeaderMap,
    form: &Params,
    address: Option<IpAddr>,
    context: &RequestContext,
) -> Result<TokenResponse, ApiError> {
    let now = app.now();
    let address = address.map(Key::address);
    if let Some(address) = address {
        let status = app.rate_limiter().peek(address, now).await?;
        if status.is_exceeded() {
            return Err(ApiError::rate_limited(status));
        }
    }
    let client = match credentials::find(headers, form) {
        Some(credentials) => login::authenticate(app, credentials).await?,
        None => None,
    };
    let Some(client) = client else {
        if let Some(address) = address {
            app.rate_limiter().count(address, now).await?;
        }
        return Err(refused());
    };
    context.called_by(client.id);
    let key = Key::Client(client.id, client.organization);
    let status = app.rate_limiter().count(key, now).await?;
    context.counted(status);
    if status.is_exceeded() {
        return Err(ApiError::rate_limited(status));
    }
    let issued = login::issue(app, &client).await?;
    issued.map(to_wire).ok_or_else(refused)
}

fn refused() -> ApiError {
    ApiError::bad_credentials().oauth("invalid_client")
}

fn to_wire(issued: IssuedToken) -> TokenResponse {
    TokenResponse {
        access_token: issued.token.expose(),
        token_type: "bearer".to_owned(),
        expires_in: issued.seconds,
    }
}
