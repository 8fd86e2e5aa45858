//! Products of the catalog: what contracts price.

use serde::{Deserialize, Serialize};

/// A product of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogProduct {
    /// Its part number, which is also its id.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub product: Product,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// What a product shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutProduct {
    /// What it is.
    #[serde(flatten)]
    pub product: Product,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Something that is sold: how it is called, and which meter counts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its name on bills, 1 to 256 bytes.
    pub name: String,
    /// The short name of its charge, as `enabledProducts` lists it, 1 to 128 bytes.
    pub charge: String,
    /// The meter that counts its usage.
    pub meter: String,
    /// The key under which applications group it, e.g. `user-license`, 1 to 64 bytes.
    pub grouping: String,
    /// The unit that people read, e.g. `seat`, 1 to 64 bytes.
    pub unit: String,
    /// The unit by the list of the contract operations, e.g. `User` or `Minute`.
    pub unit_of_measure: String,
    /// How many units are sold and charged together: a whole number from 1, as
    /// a decimal string; `1` if absent, which is no bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// Whether it is a third party's: charged also in a free ramp, and not
    /// counted towards the minimum.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub third_party: bool,
    /// Whether the customer may cancel it.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub cancellable: bool,
}
