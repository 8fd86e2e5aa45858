//! Trusts: customers of a partner, partners of a customer.

use serde::{Deserialize, Serialize};

use crate::{Organization, TrustStretch};

/// A customer that trusts the caller's organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trustor {
    /// The id of the customer's organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// False if the trust opens nothing.
    pub enabled: bool,
    /// The first day of the trust. Only the billing periods that begin on that day or later
    /// can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The last day of the trust. Only the billing periods that begin on that day or earlier
    /// can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: Option<String>,
    /// The stretches of the trust before `from`, whose periods can be read as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<TrustStretch>,
    /// True if the last day is over. The periods of then can still be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_ended: Option<bool>,
    /// The instant at which the trust was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime, required))]
    pub date_created: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organization: Option<Organization>,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// A partner that the caller's organisation trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trustee {
    /// The id of the partner's organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// False if the trust opens nothing.
    pub enabled: bool,
    /// The first day of the trust. Only the billing periods that begin on that day or later
    /// can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The last day of the trust. Only the billing periods that begin on that day or earlier
    /// can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: Option<String>,
    /// The stretches of the trust before `from`, whose periods can be read as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<TrustStretch>,
    /// True if the last day is over. The periods of then can still be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_ended: Option<bool>,
    /// The instant at which the trust was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime, required))]
    pub date_created: Option<String>,
    /// The partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organization: Option<Organization>,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}
