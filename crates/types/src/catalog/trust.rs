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
    /// The customer that it manages.
    pub trustor: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// When it was made.
    pub date_created: String,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// What a trust shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutTrust {
    /// Whether it is in force; `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}
