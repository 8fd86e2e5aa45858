//! Products of the catalog: what contracts price.

use serde::{Deserialize, Serialize};

/// A product of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogProduct {
    /// The part number, which is also the id of the product.
    pub id: String,
    /// The product itself.
    #[serde(flatten)]
    pub product: Product,
    /// The version: 1 when created, and one more after each change.
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// A product to create or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutProduct {
    /// The product itself.
    #[serde(flatten)]
    pub product: Product,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// A product: its names on bills, and the meter that counts its usage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The name on bills, 1 to 256 bytes.
    pub name: String,
    /// The short name of the product's charge, as `enabledProducts` lists it, 1
    /// to 128 bytes.
    pub charge: String,
    /// The meter that counts the usage of the product.
    pub meter: String,
    /// The key by which applications group the product, e.g. `user-license`, 1
    /// to 64 bytes.
    pub grouping: String,
    /// The unit as shown to people, e.g. `seat`, 1 to 64 bytes.
    pub unit: String,
    /// The unit as listed by the contract operations, e.g. `User` or `Minute`.
    pub unit_of_measure: String,
    /// The number of units that are sold and charged together: a whole number
    /// from 1, as a decimal string. `1`, the default, is no bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// True for a product of a third party. It is charged during a free ramp
    /// too, and does not count towards the minimum.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub third_party: bool,
    /// True if the customer may cancel the product.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub cancellable: bool,
}
