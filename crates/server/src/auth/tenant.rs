//! Extraction of the [`Tenant`], the organisation for which the caller acts, and of the
//! [`Operator`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use exchequer_app::access::{Caller, Operator, Tenant};

use crate::error::ApiError;
use crate::params::Params;
use crate::state::HttpState;

/// Guarantees what [`Caller`] does, and that the caller may act for this organisation,
/// which exists: its own, or, for a client of the operator, the one that `organizationId`
/// names.
impl FromRequestParts<HttpState> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        let named = params.get("organizationId");
        Ok(Self::load(state.app(), caller, named).await?)
    }
}

/// Guarantees what [`Caller`] does, and that the caller's organisation runs the platform.
impl FromRequestParts<HttpState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Self::new(caller).ok_or_else(ApiError::not_authorized)
    }
}
