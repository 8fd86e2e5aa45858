//! For whom the caller acts.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::organizations::{self, Organization};

use super::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

/// The organisation that the caller acts for: its own, or the one that an
/// operator's client names as `organizationId`.
pub(crate) struct Tenant {
    pub(crate) caller: Caller,
    organization: Organization,
}

impl Tenant {
    pub(crate) fn id(&self) -> OrganizationId {
        self.organization.id
    }

    pub(crate) fn organization(&self) -> &Organization {
        &self.organization
    }

    /// Whether it is another organisation than the caller's.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign().is_some()
    }

    /// Its id, if it is another organisation than the caller's: links that the
    /// caller is given have to name it.
    pub(crate) fn foreign(&self) -> Option<OrganizationId> {
        Some(self.id()).filter(|id| *id != self.caller.organization.id)
    }
}

impl FromRequestParts<AppState> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        let named = params
            .get("organizationId")
            .filter(|_| caller.is_operator());
        let organization = match named {
            None => caller.organization.clone(),
            Some(text) => {
                let id: OrganizationId = text.parse().map_err(|_| ApiError::not_found())?;
                let found = state
                    .database()
                    .read_one(move |db| organizations::find(db, id))
                    .await?;
                found.ok_or_else(ApiError::not_found)?
            }
        };
        Ok(Self {
            caller,
            organization,
        })
    }
}

/// A caller who runs the platform.
pub(crate) struct Operator(Caller);

impl Operator {
    /// Who does what the request asks for.
    pub(crate) fn actor(&self, state: &AppState) -> Actor {
        self.0.actor(state.now())
    }
}

impl FromRequestParts<AppState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if !caller.is_operator() {
            return Err(ApiError::not_authorized());
        }
        Ok(Self(caller))
    }
}
