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
    /// What it was called before, oldest first. These words stay in the periods that they
    /// were for. Lists leave them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierWords>,
    /// The version: 1 when created, and one more after each change.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
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
    /// The day (`yyyy-mm-dd`) from which it is called so, at the latest today; today if
    /// absent. Billing periods that ended before keep the old words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: Option<String>,
    /// The reason for which its meter, bundle, `thirdParty` or `chargedInRamp` change while
    /// contracts price it. Whatever is not closed is rated by the new ones then; for closed
    /// periods that takes a correction. The audit trail shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    pub reason: Option<String>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}

/// What a product was called up to a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EarlierWords {
    /// The last day (`yyyy-mm-dd`) on which it was called so.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: String,
    /// The name on bills.
    pub name: String,
    /// The short name of the product's charge.
    pub charge: String,
    /// The key by which applications group the product.
    pub grouping: String,
    /// The unit as shown to people.
    pub unit: String,
    /// The unit as listed by the contract operations.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::names::UnitOfMeasure))]
    pub unit_of_measure: String,
    /// True if the customer could cancel the product.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub cancellable: bool,
}

/// A product: its names on bills, and the meter that counts its usage, if one does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The name on bills, 1 to 256 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub name: String,
    /// The short name of the product's charge, as `enabledProducts` lists it, 1
    /// to 128 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub charge: String,
    /// The meter that counts the usage of the product. It has none if nothing but its
    /// commitment is sold, or a wallet of it, or if its usage is what other lines convert into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub meter: Option<String>,
    /// The key by which applications group the product, e.g. `user-license`, 1
    /// to 64 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub grouping: String,
    /// The unit as shown to people, e.g. `seat`, 1 to 64 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub unit: String,
    /// The unit as listed by the contract operations, e.g. `User` or `Minute`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::names::UnitOfMeasure))]
    pub unit_of_measure: String,
    /// The number of units that are sold and charged together: a whole number
    /// from 1, as a decimal string. `1`, the default, is no bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[1-9][0-9]{0,11}$")
    )]
    pub bundle: Option<String>,
    /// True for a product of a third party. It does not count towards the minimum.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub third_party: bool,
    /// True if usage is charged during a free ramp too. If absent, it is for products of
    /// third parties. Answers always say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged_in_ramp: Option<bool>,
    /// True if the customer may cancel the product.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub cancellable: bool,
}
