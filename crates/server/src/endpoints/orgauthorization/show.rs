//! Trusts as either side sees them.

use exchequer_app::App;
use exchequer_app::catalog::trusts::TrustWith;
use exchequer_app::documents::trust::earlier;
use exchequer_store::catalog::organizations::Organization;
use exchequer_store::catalog::trusts::Grant;
use exchequer_types::{Trustee, Trustor, dates};

use crate::auth::Tenant;

pub(super) const TRUSTORS: &str = "/api/v2/orgauthorization/trustors";
pub(super) const TRUSTEES: &str = "/api/v2/orgauthorization/trustees";

pub(super) fn trustor(app: &App, (trust, other): TrustWith, tenant: &Tenant) -> Trustor {
    let id = other.id.to_string();
    let Grant { enabled, dates } = trust.grant;
    Trustor {
        enabled,
        from: dates.last().from.map(|day| day.to_string()),
        until: dates.last().until.map(|day| day.to_string()),
        earlier: earlier(&dates),
        trust_ended: dates.have_ended(app.now()).then_some(true),
        date_created: Some(dates::format(trust.created.micros())),
        organization: Some(organization(other)),
        self_uri: Some(uri(TRUSTORS, &id, tenant)),
        id,
    }
}

pub(super) fn trustee(app: &App, (trust, other): TrustWith, tenant: &Tenant) -> Trustee {
    let id = other.id.to_string();
    let Grant { enabled, dates } = trust.grant;
    Trustee {
        enabled,
        from: dates.last().from.map(|day| day.to_string()),
        until: dates.last().until.map(|day| day.to_string()),
        earlier: earlier(&dates),
        trust_ended: dates.have_ended(app.now()).then_some(true),
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
