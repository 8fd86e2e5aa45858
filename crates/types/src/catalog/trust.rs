//! Trusts: which partner manages which customer.

use serde::{Deserialize, Serialize};

/// A trust of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogTrust {
    /// `{trustee}:{trustor}`, two organisation ids.
    pub id: String,
    /// The partner.
    pub trustee: String,
    /// The customer's organisation.
    pub trustor: String,
    /// True while the trust is in force.
    pub enabled: bool,
    /// The instant at which the trust was created.
    pub date_created: String,
    /// The version: 1 when created, and one more after each change.
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// A trust to create or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutTrust {
    /// True if the trust shall be in force; `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}
