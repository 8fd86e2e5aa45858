//! A customer that trusts the caller's organisation.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use exchequer_core::OrganizationId;
use exchequer_store::Snapshot;
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::trusts::{self, Parties};

use super::Tenant;
use crate::error::ApiError;
use crate::state::AppState;

/// The customer that the path names, and the partner that asks. Whoever is no
/// customer of the partner is answered as if it did not exist.
pub(crate) struct Managed {
    pub(crate) partner: Tenant,
    pub(crate) customer: Organization,
}

impl FromRequestParts<AppState> for Managed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let partner = Tenant::from_request_parts(parts, state).await?;
        let named = Path::<String>::from_request_parts(parts, state).await;
        let trustor = named
            .ok()
            .and_then(|Path(text)| text.parse::<OrganizationId>().ok())
            .ok_or_else(ApiError::not_found)?;
        let parties = Parties {
            trustee: partner.id(),
            trustor,
        };
        let find = move |db: &Snapshot<'_>| {
            let trust = trusts::find(db, parties)?;
            match trust.filter(|trust| trust.enabled) {
                Some(_) => organizations::find(db, trustor),
                None => Ok(None),
            }
        };
        let customer = state.database().read(find).await?;
        Ok(Self {
            partner,
            customer: customer.ok_or_else(ApiError::not_found)?,
        })
    }
}
