//! Contracts of the catalog: what an organisation pays for what it uses.
//!
//! Days are `yyyy-mm-dd` in the time zone of the contract, and inclusive.
//! Prices and quantities are decimal strings.

use serde::{Deserialize, Serialize};

/// A contract of the catalog as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogContract {
    /// The number of the contract, which is also its id.
    pub id: String,
    /// The terms of the contract.
    #[serde(flatten)]
    pub contract: Contract,
    /// The version: 1 when created, and one more after each change. Every
    /// version is kept.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// A contract to create or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutContract {
    /// The terms of the contract.
    #[serde(flatten)]
    pub contract: Contract,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}

/// The terms of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// The id of the organisation that the contract belongs to. It can be corrected
    /// while no period is closed.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub organization: String,
    /// `ININ`, `MONTH_TO_MONTH`, `FREE_TRIAL_MONTH_TO_MONTH`,
    /// `PREPAY_MONTHLY_COMMITMENT`, `PREPAY`, `DEV_ORG_MONTH_TO_MONTH`,
    /// `DEV_ORG_PREPAY_MONTHLY_COMMITMENT` or `DEV_ORG_PREPAY`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::names::SubscriptionType))]
    pub subscription: String,
    /// The currency of all prices of the contract (ISO 4217). It can be corrected
    /// while no period is closed.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// The time zone in which the days of the contract are counted (IANA);
    /// `UTC` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The first day of the contract. Billing periods begin on the same day of
    /// the month.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub start: String,
    /// The last day of the contract. A contract without one goes on until it
    /// gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub end: Option<String>,
    /// The first day of the ramp, which must be the first day of a billing
    /// period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub ramp_start: Option<String>,
    /// The last day of the ramp, which must be the last day of a billing
    /// period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub ramp_end: Option<String>,
    /// The price of usage during the ramp: `free`, but for products that are charged in the
    /// ramp, or `billed`, at the prepay price; `free` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::RampUsage>))]
    pub ramp_usage: Option<String>,
    /// The smallest amount that is charged for a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,9})?$")
    )]
    pub minimum_monthly: Option<String>,
    /// What overage of a level (`unique`, `peak`, `max`) costs in a period that the end
    /// of the contract cuts short: `full`, as if it were whole, or `by_days`; `full` if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::ShortPeriodOverage>))]
    pub short_period_overage: Option<String>,
    /// What happens after the end: `stop`, or `month_to_month`: the contract goes on at
    /// its overage prices until another one begins; `stop` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::AfterEnd>))]
    pub after_end: Option<String>,
    /// The meaning of a lower commitment for units paid until the end of the contract year
    /// (`PREPAY`, wallets): it is `refused`, holds from the `next_year` on, or the rest is
    /// `given_back`, also when the contract ends. If absent, a new contract has
    /// `next_year`, and one that is there keeps what it has. Answers always say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::Decrease>))]
    pub decrease: Option<String>,
    /// The day from which contract years count: the start of the `contract`, or the day
    /// after the ramp, `ramp_end`; `contract` if absent. Answers always say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::YearStart>))]
    pub year_start: Option<String>,
    /// The hours from the end of a period to its close, if they are others than those of the
    /// ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 744))]
    pub close_after: Option<u32>,
    /// The months from the end of a period within which usage that arrives adjusts it; 13 if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 120))]
    pub adjust_within: Option<u32>,
    /// The smallest sum of adjustments that is put on a document; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,9})?$")
    )]
    pub adjust_minimum: Option<String>,
    /// The first day that is billed here, if it is another than that of the ledger: periods
    /// that end before it are billed elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub billing_from: Option<String>,
    /// The last day for which commitments were paid ahead elsewhere (`PREPAY`), when the first
    /// period begins that is billed here. It needs `billingFrom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub paid_through: Option<String>,
    /// What is left in wallets when the first period begins that is billed here, each once.
    /// They need `billingFrom`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub openings: Vec<WalletOpening>,
    /// The party that issues invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Party>,
    /// The party that receives invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<Party>,
    /// The products that the contract prices, each once.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub lines: Vec<ContractLine>,
    /// The wallets, each product once: units that are bought ahead, and drawn by lines whose
    /// `conversion` names the wallet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub wallets: Vec<ContractWallet>,
    /// The changes during the contract, in any order, at most one for a day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub amendments: Vec<ContractAmendment>,
}

/// What is left in a wallet that was bought elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WalletOpening {
    /// The part number of its product.
    pub product: String,
    /// The units that are left.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,9})?$")
    )]
    pub left: String,
}

/// A party on an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// The name, 1 to 256 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub name: String,
    /// The number by which the other party knows this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub number: Option<String>,
    /// The lines of the address, up to 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 8))]
    pub address: Vec<String>,
}

/// The prices and quantities of one product. In an amendment, a field that is
/// left out stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractLine {
    /// The part number of the product.
    pub product: String,
    /// The number of units (or bundles) committed for each period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub prepay_quantity: Option<String>,
    /// The price of a committed unit (or bundle) for a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,12})?$")
    )]
    pub prepay_price: Option<String>,
    /// The price of a unit (or bundle) beyond what is committed. Give either
    /// this or `tiers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,12})?$")
    )]
    pub overage_price: Option<String>,
    /// The way in which tiers count: `graduated`, `volume` or `package`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::TierMode>))]
    pub tier_mode: Option<String>,
    /// The number of units in a package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub size: Option<String>,
    /// The prices of units beyond what is committed, by their number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub tiers: Vec<ContractTier>,
    /// The number of units that are free for the organisation in each period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub allowance: Option<String>,
    /// The units that are free for each licence. In an amendment, an empty list
    /// ends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub fair_use: Option<Vec<ContractFairUse>>,
    /// What units beyond those that are committed and free are converted into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<ContractConversion>,
}

/// The conversion of units into tokens. Give either `line` or `wallet`, and either
/// `unitsPerToken` or `tokensPerUnit`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractConversion {
    /// The part number of a product without a meter, whose line commits, allows and prices
    /// the tokens. The line that is converted has no overage of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The part number of the product from whose wallet the tokens are drawn. What it does not
    /// hold is overage of the line that is converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<String>,
    /// The number of units that are one token, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub units_per_token: Option<String>,
    /// The number of tokens that one unit is, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub tokens_per_unit: Option<String>,
}

/// Units of a product that are bought ahead. In an amendment, a field that is left out stays
/// as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractWallet {
    /// The part number of the product.
    pub product: String,
    /// The time that the units are bought for: each contract `year`, or each `period`. A new
    /// wallet needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::WalletTerm>))]
    pub term: Option<String>,
    /// The number of units that are bought for each such time; 0 if a new wallet leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub quantity: Option<String>,
    /// The price of a unit, once, however long it is held. A new wallet needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,12})?$")
    )]
    pub price: Option<String>,
}

/// The price of units up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractTier {
    /// The last unit of the tier. The last tier has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub up_to: Option<String>,
    /// The price of a unit (or package).
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,12})?$")
    )]
    pub price: String,
    /// An amount that is charged once if the tier is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,12})?$")
    )]
    pub flat: Option<String>,
}

/// Units that are free for each licence of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractFairUse {
    /// The part number of the licence, a product of the same contract.
    pub licence: String,
    /// The number of free units for each licence. Licences committed or used
    /// count, whichever are more.
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub amount: String,
}

/// A change of the terms from a day on. A field that is left out stays as it
/// was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ContractAmendment {
    /// The first day of the change.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: String,
    /// A new subscription type, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::SubscriptionType>))]
    pub subscription: Option<String>,
    /// A new first day of the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub ramp_start: Option<String>,
    /// A new last day of the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub ramp_end: Option<String>,
    /// A new rule for usage in the ramp, from the start of a period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::RampUsage>))]
    pub ramp_usage: Option<String>,
    /// A new minimum, from any day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,12}([.][0-9]{1,9})?$")
    )]
    pub minimum_monthly: Option<String>,
    /// The lines that change. Quantities and prices may change on any day.
    /// Everything else, and new products, may change only at the start of a period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub lines: Vec<ContractLine>,
    /// The wallets that change. Quantities and prices may change on any day, the term only at
    /// the start of a contract year; a new wallet begins at the start of a period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub wallets: Vec<ContractWallet>,
}
