//! Extraction of the [`Caller`]: a valid token that the route's row lets in.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use exchequer_app::access::Caller;
use exchequer_app::{AccessToken, App, RateLimitStatus};

use crate::error::ApiError;
use crate::middleware::RequestContext;
use crate::routes::{Access, Route};
use crate::state::HttpState;

/// Guarantees that the token of the request is valid at this moment, that its client has
/// one of the permissions of the route, that it belongs to the operator if the route is
/// the operator's, and that a `GET` or `HEAD` is counted and within the rate limit.
///
/// A request without all of that is refused. A second extractor of the same request gets
/// the caller that the first one found, so nothing is counted twice.
impl FromRequestParts<HttpState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let route = row(parts)?;
        let (caller, status) = authenticate(parts, state.app()).await?;
        admit(&caller, status, &route, parts.extensions.get())?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// Returns the row of the request's route. The router adds it to each request; a handler
/// that it did not register lets nobody in.
fn row(parts: &Parts) -> Result<Arc<Route>, ApiError> {
    parts
        .extensions
        .get::<Arc<Route>>()
        .cloned()
        .ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), method = %parts.method, "a route has no row");
            ApiError::internal()
        })
}

/// Finds the caller by the token, and counts the request if it reads.
async fn authenticate(
    parts: &Parts,
    app: &App,
) -> Result<(Caller, Option<RateLimitStatus>), ApiError> {
    let header = parts
        .headers
        .get(AUTHORIZATION)
        .ok_or_else(ApiError::authentication_required)?;
    let (scheme, text) = header
        .to_str()
        .ok()
        .and_then(|header| header.split_once(' '))
        .ok_or_else(ApiError::authentication_required)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ApiError::authentication_required());
    }
    let token = AccessToken::parse(text.trim())
        .ok_or_else(ApiError::bad_credentials)?
        .key();
    // A client may repeat a read without end, so reads are counted. Usage events are
    // bounded by the queue of the writer instead.
    let found = if matches!(parts.method, Method::GET | Method::HEAD) {
        let found = Caller::find_and_count(app, token).await?;
        found.map(|(caller, status)| (caller, Some(status)))
    } else {
        Caller::find(app, token).await?.map(|caller| (caller, None))
    };
    found.ok_or_else(ApiError::bad_credentials)
}

/// Refuses a caller beyond its rate limit, without a permission of the route, or who is
/// no operator on a route of the operator.
fn admit(
    caller: &Caller,
    status: Option<RateLimitStatus>,
    route: &Route,
    context: Option<&RequestContext>,
) -> Result<(), ApiError> {
    if let Some(context) = context {
        context.called_by(caller.client.id);
    }
    if let Some(status) = status {
        if let Some(context) = context {
            context.counted(status);
        }
        if status.is_exceeded() {
            return Err(ApiError::rate_limited(status));
        }
    }
    let permitted = route.permissions.is_empty()
        || route
            .permissions
            .iter()
            .any(|permission| caller.client.may(permission));
    if !permitted {
        return Err(ApiError::missing_any_permissions(route.permissions));
    }
    if route.access == Access::Operator && !caller.is_operator() {
        return Err(ApiError::not_authorized());
    }
    Ok(())
}
