//! Extraction of the [`TrustedCustomer`] that the path names.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use exchequer_app::access::{Tenant, TrustedCustomer};
use exchequer_core::OrganizationId;

use crate::error::ApiError;
use crate::state::HttpState;

/// Guarantees what [`Tenant`] does of the partner, and that a trust of the customer that
/// the path names is in force at this moment. Any other organisation is answered as if it
/// did not exist.
impl FromRequestParts<HttpState> for TrustedCustomer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let partner = Tenant::from_request_parts(parts, state).await?;
        let named = Path::<String>::from_request_parts(parts, state).await;
        let customer = named
            .ok()
            .and_then(|Path(text)| text.parse::<OrganizationId>().ok())
            .ok_or_else(ApiError::not_found)?;
        Ok(Self::load(state.app(), partner, customer).await?)
    }
}
