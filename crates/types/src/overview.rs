//! The billing overview of an organisation, and its billing periods.

use serde::{Deserialize, Serialize};

use crate::{BillingEntry, NamedEntity};

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

/// The usage, commitments and charges of an organisation in one billing period.
/// Prices do not include tax.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrusteeBillingOverview {
    /// The id of the overview: the same for the same organisation and period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uuid", required))]
    pub id: Option<String>,
    /// The number of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The organisation that the overview describes.
    pub organization: NamedEntity,
    /// The currency of all prices (ISO 4217).
    pub currency: String,
    /// The charge short names for products enabled during the period.
    pub enabled_products: Vec<String>,
    /// The type of the subscription, one of [`SUBSCRIPTION_TYPES`].
    #[cfg_attr(feature = "openapi", schema(value_type = crate::names::SubscriptionType))]
    pub subscription_type: String,
    /// The start of the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub ramp_period_start_date: Option<String>,
    /// The last instant of the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub ramp_period_end_date: Option<String>,
    /// The start of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime, required))]
    pub billing_period_start_date: Option<String>,
    /// The last instant of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime, required))]
    pub billing_period_end_date: Option<String>,
    /// Usages and charges for the period.
    pub usages: Vec<SubscriptionOverviewUsage>,
    /// The instant of the last amendment that concerns the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub contract_amendment_date: Option<String>,
    /// The start of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime, required))]
    pub contract_effective_date: Option<String>,
    /// The last instant of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub contract_end_date: Option<String>,
    /// Minimum amount that will be charged for the period, a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub minimum_monthly_amount: Option<String>,
    /// True if the period is in the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub in_ramp_period: Option<bool>,
    /// True if no contract of the organisation is in force any more: then index 0 is its
    /// last period, and not the current one. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_ended: Option<bool>,
    /// The instant at which the period was closed: since then the overview stays as it is.
    /// Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_closed: Option<String>,
    /// The path of this overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
    /// The charges, if the request has `expand=charges`. Genesys Cloud does not
    /// send this field.
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
    /// Key by which applications group usages; `fair-use` for an allowance, `wallet` for a
    /// wallet, `unbilled` for usage after the end of the contract.
    pub grouping: String,
    /// Unit of measure for people.
    pub unit_of_measure_type: String,
    /// The usage in the period. In a `fair-use` row it is the allowance, in a `wallet` row what
    /// lines drew from it.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub usage_quantity: String,
    /// Price of a unit (or bundle) beyond what is prepaid; left out with tiers, of a wallet,
    /// and if it is converted into usage of another line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub overage_price: Option<String>,
    /// Items (or bundles) prepaid for the period. In a `wallet` row it is what the wallet held,
    /// with what was bought in the period.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub prepay_quantity: String,
    /// Price of a prepaid item (or bundle) for the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub prepay_price: Option<String>,
    /// Notes on the usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_notes: Option<String>,
    /// True if the customer may cancel the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_cancellable: Option<bool>,
    /// The number of units in a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub bundle_quantity: Option<String>,
    /// True for a charge of a third party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub is_third_party: Option<bool>,
}

/// The charges of a period with the steps of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Charges {
    /// The charges. Each is rounded once.
    pub lines: Vec<ChargeLine>,
    /// The sum of the charges.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub total: String,
    /// What was learnt of the period since it was closed, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<BillingEntry>,
}

/// One charge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChargeLine {
    /// `commitment`, `prepayment`, `ramp`, `overage`, `wallet` or `minimum`.
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["commitment", "prepayment", "ramp", "overage", "wallet", "minimum"])))))]
    pub kind: String,
    /// The name of the product; `Minimum monthly amount` for a `minimum`.
    pub name: String,
    /// The part number of the product. A `minimum` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_number: Option<String>,
    /// The parts of the amount.
    pub steps: Vec<ChargeStep>,
    /// The sum of the steps, rounded to the minor unit of the currency.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub amount: String,
}

/// A part of a charge: quantity × price + flat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChargeStep {
    /// The exact number of units, bundles or packages. It is a fraction
    /// (`80/31`) if no decimal number is exact.
    pub quantity: String,
    /// The price of one unit, bundle or package.
    pub price: String,
    /// An amount that is charged once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<String>,
}

/// A billing period of the caller's organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingPeriod {
    /// The first day of the period. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date, required))]
    pub id: Option<String>,
    /// The start of the period.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The last instant of the period.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// The `billingPeriodIndex` of the period's overview. Genesys Cloud does
    /// not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub billing_period_index: Option<u32>,
    /// The number of the contract. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub contract_id: Option<String>,
    /// The path of the overview of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}
