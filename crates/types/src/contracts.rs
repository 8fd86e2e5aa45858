//! The contract operations: contracts with their billing periods, charges and wallets.
//!
//! Their numbers are JSON numbers, and their days plain dates. Fields that Genesys Cloud does
//! not send say so.

use serde::{Deserialize, Serialize};

use crate::NamedEntity;
use crate::decimal::Decimal;

/// One page of the contracts of an organisation, newest first. URIs are paths, and left out
/// where there is no such page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingContractListing {
    /// The contracts of this page.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub entities: Vec<BillingContract>,
    /// The path of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_uri: Option<String>,
    /// The path of this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
    /// The path of the previous page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_uri: Option<String>,
}

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingContract {
    /// The number of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The number of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub external_number: Option<String>,
    /// `Active` if the contract is in force today, `Inactive` if it has not begun or has
    /// ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::ContractStatus))]
    pub status: Option<String>,
    /// The type of the subscription, as it is today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::SubscriptionType))]
    pub commercial_model: Option<String>,
    /// The numbers of the customer's purchase orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purchase_order_numbers: Vec<String>,
    /// The party that receives invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to_customer: Option<Customer>,
    /// The party that has bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_to_customer: Option<Customer>,
    /// The organisation whose usage is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub end_customer: Option<Customer>,
    /// The first day of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_start: Option<String>,
    /// The last day that was agreed. The contract may go on from month to month after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub date_end: Option<String>,
    /// The first day of the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub date_ramp_start: Option<String>,
    /// The last day of the ramp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub date_ramp_end: Option<String>,
    /// The billing periods that have begun, newest first.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub billing_periods: Vec<BillingContractPeriod>,
    /// The products of the contract with their prices, and its wallets.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub plans: Vec<BillingPlan>,
}

/// A party of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// The id of the organisation, if the party is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The unique number of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
}

/// A billing period of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingContractPeriod {
    /// The first day of the period, which is its id within the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub id: Option<String>,
    /// The first day of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_start: Option<String>,
    /// The last day of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_end: Option<String>,
    /// `Closed` once the charges stay as they are; until then `Open`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::PeriodStatus))]
    pub status: Option<String>,
    /// True if the period is older than what is billed here. Genesys Cloud does not send this
    /// field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_elsewhere: Option<bool>,
}

/// A billing period of a contract with its charges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingContractPeriodDetail {
    /// See [`BillingContractPeriod::id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub id: Option<String>,
    /// See [`BillingContractPeriod::date_start`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_start: Option<String>,
    /// See [`BillingContractPeriod::date_end`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_end: Option<String>,
    /// See [`BillingContractPeriod::status`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::PeriodStatus))]
    pub status: Option<String>,
    /// See [`BillingContractPeriod::billed_elsewhere`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_elsewhere: Option<bool>,
    /// The currency of all amounts (ISO 4217). Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub currency: Option<String>,
    /// The charges, line by line in the order of the contract; then those of wallets and of
    /// the minimum, and the adjustments since the period was closed. The amounts add up to
    /// what the period is charged.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub charges: Vec<BillingCharge>,
    /// The wallets of the contract.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub wallets: Vec<BillingWallet>,
}

/// What a period is charged for one reason. Each product has a charge that holds its usage,
/// also if that costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingCharge {
    /// The id of the charge within its period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The name of the product, or `Minimum monthly amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The product. A minimum has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<BillingProduct>,
    /// The organisation of the contract.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organizations: Vec<NamedEntity>,
    /// The units that the commitment includes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepaid_quantity: Option<Decimal>,
    /// The units that are free beyond the commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fairuse_quantity: Option<Decimal>,
    /// The units used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual_quantity: Option<Decimal>,
    /// The units used beyond those that are prepaid, free or covered by a wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_quantity: Option<Decimal>,
    /// The price of each of these units, if they have one price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_rate: Option<Decimal>,
    /// The charge for these units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_charge: Option<Decimal>,
    /// The currency of the charge for them (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_currency: Option<String>,
    /// The tokens that the units are converted into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted_token_count: Option<Decimal>,
    /// The units that are one token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_conversion_rate: Option<Decimal>,
    /// The reason for the charge: `commitment`, `prepayment`, `ramp`, `overage`, `wallet`,
    /// `minimum` or `adjustment`. Only `overage` has fields of overage. Genesys Cloud does not
    /// send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, extensions(("x-extensible-enum" = json!(["commitment", "prepayment", "ramp", "overage", "wallet", "minimum", "adjustment"])))))]
    pub kind: Option<String>,
    /// The amount that is charged. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub amount: Option<Decimal>,
    /// The kind of the charge that an adjustment adjusts. Genesys Cloud does not send this
    /// field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjusted_kind: Option<String>,
    /// The number of the entry of the contract that an adjustment is from. Genesys Cloud does
    /// not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<u64>,
    /// The instant at which an adjustment was made. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_created: Option<String>,
}

/// A wallet in a period, in units: what it opens with and what is bought is what is taken,
/// drawn, lapses and is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingWallet {
    /// The part number of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The name of its product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The organisation of the contract.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organizations: Vec<NamedEntity>,
    /// The product that is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub product: Option<BillingProduct>,
    /// What the period opens with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub starting_balance: Option<Decimal>,
    /// What the period closes with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ending_balance: Option<Decimal>,
    /// What is bought in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_increase: Option<Decimal>,
    /// What a change of the contract takes from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_decrease: Option<Decimal>,
    /// What is drawn from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_consumption: Option<Decimal>,
    /// What is used beyond it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_overage: Option<Decimal>,
    /// The price of each unit beyond it, if they have one price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_overage_rate: Option<Decimal>,
    /// The charge for the units beyond it. It is part of the charges of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_overage_charge: Option<Decimal>,
    /// The currency of that charge (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_overage_currency: Option<String>,
    /// What lapses with the period. Genesys Cloud does not send this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub balance_lapse: Option<Decimal>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::UnitOfMeasure))]
    pub unit_of_measure: Option<String>,
}

/// A product of a contract, or one of its wallets, with its prices through time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingPlan {
    /// The part number of the product; of a wallet with `wallet:` before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The name of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The organisation of the contract.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organizations: Vec<NamedEntity>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub product: Option<BillingProduct>,
    /// The terms of the product: one item from each day on which they change.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub items: Vec<BillingPlanItem>,
}

/// The terms of a product on some days of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingPlanItem {
    /// Counts the items of the plan, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub item_number: Option<String>,
    /// The name of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The way in which it is sold: `commitment` or `prepayment` if units are committed, else
    /// `usage`; `wallet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, extensions(("x-extensible-enum" = json!(["commitment", "prepayment", "usage", "wallet"])))))]
    pub r#type: Option<String>,
    /// The origin of the terms: `contract` if it began with them, `amendment`, or `after_end`
    /// if it goes on with them after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, extensions(("x-extensible-enum" = json!(["contract", "amendment", "after_end"])))))]
    pub function: Option<String>,
    /// What the other fields cannot say: tiers, bundles and free units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The last of these days through which the item is billed. Absent if none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub date_charged_through: Option<String>,
    /// The currency of the prices (ISO 4217).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub currency_iso_code: Option<String>,
    /// The discount. There is none here: prices are net of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<Decimal>,
    /// The first of these days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, format = Date))]
    pub date_effective_start: Option<String>,
    /// The last of these days. Absent if the contract has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub date_effective_end: Option<String>,
    /// The price of a unit (or bundle) beyond those that are committed and free. Absent with
    /// tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage_price: Option<Decimal>,
    /// The price of a committed unit (or bundle) for a period; of a wallet, that of a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// The units (or bundles) that are committed for each period; of a wallet, those that are
    /// bought for each of its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub quantity: Option<Decimal>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::UnitOfMeasure))]
    pub unit_of_measure: Option<String>,
}

/// A product that is billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingProduct {
    /// The part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub id: Option<String>,
    /// The part number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub sku: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required, value_type = crate::names::UnitOfMeasure))]
    pub unit_of_measure: Option<String>,
}
