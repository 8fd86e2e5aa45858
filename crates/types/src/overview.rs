//! The billing overview of an organisation, and its billing periods.

use serde::{Deserialize, Serialize};

use crate::NamedEntity;

/// Every subscription type. The SDKs know these and no others.
pub const SUBSCRIPTION_TYPES: [&str; 8] = [
    "ININ",
    "MONTH_TO_MONTH",
    "FREE_TRIAL_MONTH_TO_MONTH",
    "PREPAY_MONTHLY_COMMITMENT",
    "PREPAY",
    "DEV_ORG_MONTH_TO_MONTH",
    "DEV_ORG_PREPAY_MONTHLY_COMMITMENT",
    "DEV_ORG_PREPAY",
];

/// What an organisation used, committed and pays in one billing period.
/// Prices are without tax.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrusteeBillingOverview {
    /// The same for the same organisation and period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose overview it is.
    pub organization: NamedEntity,
    /// The currency of all prices (ISO 4217).
    pub currency: String,
    /// The charge short names for products enabled during the period.
    pub enabled_products: Vec<String>,
    /// The type of the subscription, one of [`SUBSCRIPTION_TYPES`].
    pub subscription_type: String,
    /// When the ramp begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_period_start_date: Option<String>,
    /// The last instant of the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_period_end_date: Option<String>,
    /// When the period begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_period_start_date: Option<String>,
    /// The last instant of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_period_end_date: Option<String>,
    /// Usages and charges for the period.
    pub usages: Vec<SubscriptionOverviewUsage>,
    /// When the contract was last amended, as far as it concerns the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_amendment_date: Option<String>,
    /// When the contract begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_effective_date: Option<String>,
    /// The last instant of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_end_date: Option<String>,
    /// Minimum amount that will be charged for the period, a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_monthly_amount: Option<String>,
    /// Whether the period is in the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_ramp_period: Option<bool>,
    /// The path of this overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
    /// What is charged, if `expand=charges` asked for it; not of Genesys Cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charges: Option<Charges>,
}

/// The usage of one product. All numbers are decimals as strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionOverviewUsage {
    /// Product charge name.
    pub name: String,
    /// Product part number.
    pub part_number: String,
    /// Key by which applications group usages; `fair-use` for an allowance.
    pub grouping: String,
    /// Unit of measure for people.
    pub unit_of_measure_type: String,
    /// Usage in the period; of a `fair-use` row the allowance.
    pub usage_quantity: String,
    /// Price of a unit (or bundle) beyond what is prepaid; left out with tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_price: Option<String>,
    /// Items (or bundles) prepaid for the period.
    pub prepay_quantity: String,
    /// Price of a prepaid item (or bundle) for the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepay_price: Option<String>,
    /// What else there is to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_notes: Option<String>,
    /// Whether the customer may cancel it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_cancellable: Option<bool>,
    /// Units in a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_quantity: Option<String>,
    /// Whether it is a charge of a third party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_third_party: Option<bool>,
}

/// The charges of a period, and how each comes about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Charges {
    /// One line a charge; each is rounded once.
    pub lines: Vec<ChargeLine>,
    /// The sum of the lines.
    pub total: String,
}

/// One charge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChargeLine {
    /// `commitment`, `prepayment`, `ramp`, `overage` or `minimum`.
    pub kind: String,
    /// The name of the product; `Minimum monthly amount` for a `minimum`.
    pub name: String,
    /// The part number of the product; a `minimum` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_number: Option<String>,
    /// What is multiplied and added up.
    pub steps: Vec<ChargeStep>,
    /// The sum of the steps, rounded to the minor unit of the currency.
    pub amount: String,
}

/// A part of a charge: quantity × price + flat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChargeStep {
    /// Units, bundles or packages, exact; a fraction (`80/31`) if no decimal
    /// number is.
    pub quantity: String,
    /// The price of one.
    pub price: String,
    /// What is charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
}

/// A billing period of one's own organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingPeriod {
    /// Its first day. Genesys Cloud does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it begins.
    pub start_date: String,
    /// Its last instant.
    pub end_date: String,
    /// The `billingPeriodIndex` that asks for its overview. Likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_period_index: Option<u32>,
    /// The number of its contract. Likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_id: Option<String>,
    /// The path of its overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_uri: Option<String>,
}
