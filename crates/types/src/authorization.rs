//! Trusts: customers of a partner, partners of a customer.

use serde::{Deserialize, Serialize};

use crate::Organization;

/// A customer that trusts the caller's organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trustor {
    /// The id of the customer's organisation.
    pub id: String,
    /// True while the trust is in force.
    pub enabled: bool,
    /// The instant at which the trust was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_created: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// A partner that the caller's organisation trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Trustee {
    /// The id of the partner's organisation.
    pub id: String,
    /// True while the trust is in force.
    pub enabled: bool,
    /// The instant at which the trust was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_created: Option<String>,
    /// The partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}
