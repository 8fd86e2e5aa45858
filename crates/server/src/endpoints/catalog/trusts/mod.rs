//! Trusts of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

use exchequer_store::catalog::trusts::{Parties, Trust};
use exchequer_types::{CatalogTrust, dates};

const PATH: &str = "/api/v2/billing/catalog/trusts";

fn show(trust: Trust) -> CatalogTrust {
    let Parties { trustee, trustor } = trust.parties;
    CatalogTrust {
        id: format!("{trustee}:{trustor}"),
        trustee: trustee.to_string(),
        trustor: trustor.to_string(),
        enabled: trust.enabled,
        date_created: dates::format(trust.created.micros()),
        version: trust.version,
        self_uri: Some(format!("{PATH}/{trustee}:{trustor}")),
    }
}

/// The two organisations of an id.
fn parties(id: &str) -> Option<Parties> {
    let (trustee, trustor) = id.split_once(':')?;
    Some(Parties {
        trustee: trustee.parse().ok()?,
        trustor: trustor.parse().ok()?,
    })
}
