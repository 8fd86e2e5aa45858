//! For whom the caller acts.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use exchequer_app::access::{Caller, Operator, Tenant};

use crate::error::ApiError;
use crate::params::Params;
use crate::state::HttpState;

/// An operator's client may name the organisation as `organizationId`.
impl FromRequestParts<HttpState> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        let named = params.get("organizationId");
        Ok(Self::load(state.app(), caller, named).await?)
    }
}

impl FromRequestParts<HttpState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Self::new(caller).ok_or_else(ApiError::not_authorized)
    }
}
