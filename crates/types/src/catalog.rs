//! The catalog: organisations, clients, trusts, meters, products and contracts.
//!
//! A `Put…` body is what is sent, a `Catalog…` body what is answered; the id
//! is in the path. `version` counts changes from 1: sent along, the change is
//! made only if it is still the current one.

mod contract;
mod product;
mod trust;

use serde::{Deserialize, Serialize};

pub use contract::{
    CatalogContract, Contract, ContractAmendment, ContractFairUse, ContractLine, ContractTier,
    Party, PutContract,
};
pub use product::{CatalogProduct, Product, PutProduct};
pub use trust::{CatalogTrust, PutTrust};

/// An organisation of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogOrganization {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it runs the platform: its clients may act for any organisation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub operator: bool,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// What an organisation shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutOrganization {
    /// Its name, 1 to 256 bytes.
    pub name: String,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A client of the catalog.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogClient {
    /// Its id.
    pub id: String,
    /// The id of its organisation.
    pub organization: String,
    /// Its name.
    pub name: String,
    /// What it may do, sorted.
    pub permissions: Vec<String>,
    /// How long its tokens live.
    pub access_token_validity_seconds: u32,
    /// How many secrets it has: two while one is being rotated.
    pub secrets: u32,
    /// A generated secret, shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// What a client shall be.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutClient {
    /// The id of its organisation; it never changes.
    pub organization: String,
    /// Its name, 1 to 256 bytes.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// How long its tokens live, 300 to 172,800 seconds; 24 hours if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_validity_seconds: Option<u32>,
    /// Its secret, 32 characters or more. One that it does not have yet is
    /// added; the newest two are valid. A new client without gets a generated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Adds a generated secret, which is in the answer, this once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub generate_secret: bool,
    /// Ends a rotation: only the newest secret stays valid.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drop_old_secrets: bool,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A meter of the catalog: its newest version, and all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogMeter {
    /// Its name, which is also its id.
    pub id: String,
    /// Its name, as reports show it.
    pub name: String,
    /// The newest version's number, from 1.
    pub version: u64,
    /// The newest version.
    #[serde(flatten)]
    pub rule: MeterRule,
    /// Every version, oldest first.
    #[serde(default)]
    pub versions: Vec<CatalogMeterVersion>,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// One version of a meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogMeterVersion {
    /// Its number, from 1.
    pub version: u64,
    /// The UTC day from which it counts.
    pub effective: String,
    /// How it counts.
    #[serde(flatten)]
    pub rule: MeterRule,
}

/// What a meter shall be. A changed rule becomes a new version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutMeter {
    /// How it counts.
    #[serde(flatten)]
    pub rule: MeterRule,
    /// The UTC day (`yyyy-mm-dd`) from which this rule counts. If absent, the
    /// first version counts from 2000-01-01 and a later one from today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// How a meter counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeterRule {
    /// The `type` of the events it listens to.
    pub event_type: String,
    /// `unique`, `sum`, `count`, `max`, `hours` or `peak`.
    pub aggregation: String,
    /// The field of `data` that holds the quantity (sum, max; hours and peak
    /// read `seconds` unless named).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The step to which each event's quantity is rounded up (sum), a decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_up_each: Option<String>,
    /// How many minutes a level must last to count (peak); 30 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_minutes: Option<u32>,
    /// The family within which only the highest rank counts (unique).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The rank within the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
}

fn is_false(value: &bool) -> bool {
    !*value
}
