//! An item read from the catalog can be put back, with or without a change.
//!
//! The version comes along, so that a change is not made to anything else than what was
//! read.

use super::{
    CatalogAliases, CatalogClient, CatalogContract, CatalogMeter, CatalogOrganization,
    CatalogProduct, CatalogTrust, PutAliases, PutClient, PutContract, PutMeter, PutOrganization,
    PutProduct, PutTrust,
};

impl From<CatalogOrganization> for PutOrganization {
    fn from(read: CatalogOrganization) -> Self {
        Self {
            name: read.name,
            effective: None,
            version: Some(read.version),
        }
    }
}

impl From<CatalogClient> for PutClient {
    fn from(read: CatalogClient) -> Self {
        Self {
            organization: read.organization,
            name: read.name,
            permissions: read.permissions,
            sources: read.sources,
            access_token_validity_seconds: Some(read.access_token_validity_seconds),
            version: Some(read.version),
            ..Self::default()
        }
    }
}

impl From<CatalogMeter> for PutMeter {
    fn from(read: CatalogMeter) -> Self {
        Self {
            rule: read.rule,
            effective: read.effective,
            version: Some(read.version),
        }
    }
}

impl From<CatalogProduct> for PutProduct {
    fn from(read: CatalogProduct) -> Self {
        Self {
            product: read.product,
            effective: None,
            reason: None,
            version: Some(read.version),
        }
    }
}

impl From<CatalogContract> for PutContract {
    fn from(read: CatalogContract) -> Self {
        Self {
            contract: read.contract,
            version: Some(read.version),
        }
    }
}

impl From<CatalogAliases> for PutAliases {
    fn from(read: CatalogAliases) -> Self {
        Self {
            resources: read.resources,
            // What it was before today stays.
            effective: None,
            version: Some(read.version),
        }
    }
}

impl From<CatalogTrust> for PutTrust {
    fn from(read: CatalogTrust) -> Self {
        Self {
            enabled: Some(read.enabled),
            from: read.from,
            until: read.until,
            earlier: read.earlier,
            version: Some(read.version),
        }
    }
}
