//! Contracts of the catalog: what an organisation pays for what it uses.
//!
//! Days are `yyyy-mm-dd` in the time zone of the contract, and inclusive.
//! Prices and quantities are decimal strings.

use serde::{Deserialize, Serialize};

/// A contract of the catalog: as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogContract {
    /// Its number, which is also its id.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub contract: Contract,
    /// Counts its changes, from 1. Every version is kept.
    pub version: u64,
    /// Its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}

/// What a contract shall say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutContract {
    /// What it says.
    #[serde(flatten)]
    pub contract: Contract,
    /// The version that this change is made to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// What a contract says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// The id of the organisation that it belongs to; it never changes.
    pub organization: String,
    /// `ININ`, `MONTH_TO_MONTH`, `FREE_TRIAL_MONTH_TO_MONTH`,
    /// `PREPAY_MONTHLY_COMMITMENT`, `PREPAY`, `DEV_ORG_MONTH_TO_MONTH`,
    /// `DEV_ORG_PREPAY_MONTHLY_COMMITMENT` or `DEV_ORG_PREPAY`.
    pub subscription: String,
    /// The currency of all its prices (ISO 4217); it never changes.
    pub currency: String,
    /// The time zone that its days are counted in (IANA); `UTC` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The first day. Its day of the month is the anchor of the billing periods.
    pub start: String,
    /// The last day; without one the contract goes on until it gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// The first day of the ramp: that of a billing period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_start: Option<String>,
    /// The last day of the ramp: that of a billing period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_end: Option<String>,
    /// What usage costs in the ramp: `free` or `billed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_usage: Option<String>,
    /// The least that is charged for a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_monthly: Option<String>,
    /// Who invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Party>,
    /// Who is invoiced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<Party>,
    /// What it prices: each product once.
    #[serde(default)]
    pub lines: Vec<ContractLine>,
    /// What changes while it runs, in any order; each day once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amendments: Vec<ContractAmendment>,
}

/// Somebody on an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// The name, 1 to 256 bytes.
    pub name: String,
    /// The number by which the other side knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The lines of its address, up to 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
}

/// What one product costs. In an amendment what is left out stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractLine {
    /// The part number of the product.
    pub product: String,
    /// How many units (or bundles) are committed for each period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepay_quantity: Option<String>,
    /// The price of a committed unit (or bundle) for a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepay_price: Option<String>,
    /// The price of a unit (or bundle) beyond; either this or `tiers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_price: Option<String>,
    /// How tiers count: `graduated`, `volume` or `package`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier_mode: Option<String>,
    /// How many units a package has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The prices of units beyond, by how many they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<ContractTier>,
    /// How many units a period are free for the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowance: Option<String>,
    /// How many units are free for each licence; an empty list ends what an
    /// amendment finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fair_use: Option<Vec<ContractFairUse>>,
}

/// The price of units up to a border.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractTier {
    /// The last unit of the tier; the last tier has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<String>,
    /// The price of a unit (or package).
    pub price: String,
    /// What is charged once if the tier is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
}

/// Units that are free for each licence of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractFairUse {
    /// The part number of the licence, a product of the same contract.
    pub licence: String,
    /// Free units for each of them, committed or used, whichever are more.
    pub amount: String,
}

/// What changes from a day on. What is left out stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractAmendment {
    /// The first day of the change.
    pub effective: String,
    /// Another subscription type, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// Another first day of the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_start: Option<String>,
    /// Another last day of the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_end: Option<String>,
    /// Another rule for usage in the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_usage: Option<String>,
    /// Another minimum, from any day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_monthly: Option<String>,
    /// Lines that change: quantities on any day, everything else, and products
    /// that are new, at the start of a period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ContractLine>,
}
