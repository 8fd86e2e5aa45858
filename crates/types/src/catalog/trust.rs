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
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub trustee: String,
    /// The customer's organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub trustor: String,
    /// False if the trust opens nothing.
    pub enabled: bool,
    /// The first day of the trust: it opens the billing periods that begin on that day or
    /// later. Absent if it opens them from the first on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The last day of the trust: it opens the billing periods that begin on that day or
    /// earlier. Absent if the trust goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: Option<String>,
    /// The stretches of the trust before `from`, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<TrustStretch>,
    /// The instant at which the trust was created.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_created: String,
    /// The version: 1 when created, and one more after each change.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// Days on which a trust was in force earlier, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustStretch {
    /// The first day. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The last day.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: String,
}

/// A trust to create or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutTrust {
    /// False if the trust shall open nothing; `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The first day of the trust, in the time zone of the customer's contract: the trust
    /// opens the billing periods that begin on that day or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The last day of the trust: it opens the billing periods that begin on that day or
    /// earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: Option<String>,
    /// The stretches of the trust before `from`, the earliest first; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub earlier: Vec<TrustStretch>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}
