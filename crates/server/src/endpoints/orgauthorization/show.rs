//! Trusts as either side sees them.

use exchequer_store::Snapshot;
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::trusts::{self, Parties, Trust};
use exchequer_types::{Trustee, Trustor, dates};

use crate::auth::Tenant;
use crate::error::ApiError;
use crate::state::AppState;

pub(super) const TRUSTORS: &str = "/api/v2/orgauthorization/trustors";
pub(super) const TRUSTEES: &str = "/api/v2/orgauthorization/trustees";

/// A trust with the organisation on the other side.
pub(super) type Seen = (Trust, Organization);

pub(super) fn trustor((trust, other): Seen, tenant: &Tenant) -> Trustor {
    let id = other.id.to_string();
    Trustor {
        enabled: trust.enabled,
        date_created: Some(dates::format(trust.created.micros())),
        organization: Some(organization(other)),
        self_uri: Some(uri(TRUSTORS, &id, tenant)),
        id,
    }
}

pub(super) fn trustee((trust, other): Seen, tenant: &Tenant) -> Trustee {
    let id = other.id.to_string();
    Trustee {
        enabled: trust.enabled,
        date_created: Some(dates::format(trust.created.micros())),
        organization: Some(organization(other)),
        self_uri: Some(uri(TRUSTEES, &id, tenant)),
        id,
    }
}

/// Returns a link. For an operator it names the organisation that the operator acts for.
fn uri(path: &str, id: &str, tenant: &Tenant) -> String {
    match tenant.foreign() {
        Some(foreign) => format!("{path}/{id}?organizationId={foreign}"),
        None => format!("{path}/{id}"),
    }
}

fn organization(organization: Organization) -> exchequer_types::Organization {
    exchequer_types::Organization {
        id: organization.id.to_string(),
        name: Some(organization.name),
        version: organization.version,
        state: Some("active".to_owned()),
        self_uri: None,
    }
}

/// Returns the trust between two organisations, with the organisation `other`.
pub(super) async fn find(
    state: &AppState,
    parties: Parties,
    other: exchequer_core::OrganizationId,
) -> Result<Seen, ApiError> {
    let find = move |db: &Snapshot<'_>| {
        let trust = trusts::find(db, parties)?;
        Ok(trust.zip(organizations::find(db, other)?))
    };
    let found = state.database().read(find).await?;
    found.ok_or_else(ApiError::not_found)
}
