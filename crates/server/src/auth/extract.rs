//! The caller: a valid token that the route's row lets in.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use exchequer_core::Instant;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::clients::Client;
use exchequer_store::catalog::organizations::Organization;
use exchequer_store::tokens::TokenKey;

use super::AccessToken;
use crate::error::ApiError;
use crate::limits::RateLimitStatus;
use crate::middleware::RequestContext;
use crate::routes::{Access, Route};
use crate::state::AppState;

/// Whoever sent the request, allowed to.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) organization: Organization,
    pub(crate) token: TokenKey,
}

impl Caller {
    /// Who does what the request asks for.
    pub(crate) fn actor(&self, at: Instant) -> Actor {
        Actor {
            client: self.client.id,
            organization: self.organization.id,
            at,
        }
    }

    pub(crate) fn is_operator(&self) -> bool {
        self.organization.operator
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let route = row(parts)?;
        let (caller, standing) = authenticate(parts, state).await?;
        admit(&caller, standing, &route, parts.extensions.get())?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// Returns who may call the request's route. The router adds it to each request;
/// a handler that it did not register lets nobody in.
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

/// Who calls, and how its token stands if the request counts.
async fn authenticate(
    parts: &Parts,
    state: &AppState,
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
    // Reading is what a client may repeat without end; usage sheds by its queue.
    let found = if matches!(parts.method, Method::GET | Method::HEAD) {
        let found = state.bearer_and_hit(token).await?;
        found.map(|(bearer, standing)| (bearer, Some(standing)))
    } else {
        state.bearer(token).await?.map(|bearer| (bearer, None))
    };
    let (bearer, standing) = found.ok_or_else(ApiError::bad_credentials)?;
    let caller = Caller {
        client: bearer.client,
        organization: bearer.organization,
        token,
    };
    Ok((caller, standing))
}

fn admit(
    caller: &Caller,
    standing: Option<RateLimitStatus>,
    route: &Route,
    context: Option<&RequestContext>,
) -> Result<(), ApiError> {
    if let Some(context) = context {
        context.called_by(caller.client.id);
    }
    if let Some(standing) = standing {
        if let Some(context) = context {
            context.stands(standing);
        }
        standing.check()?;
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
