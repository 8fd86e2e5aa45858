//! Closing: what contracts were charged, entry by entry, and what asks for it.

use serde::{Deserialize, Serialize};

use crate::ChargeStep;
use crate::catalog::Contract;

/// A request to close what is over, and to adjust what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClosePeriods {
    /// The number of the contract. Without it, that of all contracts is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub contract: Option<String>,
    /// The last period to close: its id, or another one of its days. Without it, all that
    /// are over are closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub through: Option<String>,
    /// True to be told what would be stored, and to store nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// A correction of what closed periods of a contract were charged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorrectContract {
    /// The contract as it is to be. Without it, its terms stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    /// What closed periods are rated with as it is in force now: `aliases`, `meters`,
    /// `products`; `late`: also with the events that came too late to adjust them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 4, extensions(("x-extensible-enum" = json!(["aliases", "late", "meters", "products"])))))]
    pub again: Vec<String>,
    /// A day of the first period for which `again` counts. Without it, it counts for all that
    /// are closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub from: Option<String>,
    /// The reason, which the entries and the audit trail show.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    pub reason: String,
    /// True to be told what would be stored, and to store nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The token of a dry run: what it has answered is stored, or nothing if more than usage
    /// has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// The outcome of closing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClosedPeriods {
    /// True if nothing was stored.
    pub dry_run: bool,
    /// The number of contracts that were looked at.
    pub contracts: u64,
    /// The entries that were added, if one contract was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<BillingEntry>,
    /// The entries by kind and currency: how many they are, and their sum.
    pub totals: Vec<ClosedTotal>,
    /// The contracts that could not be closed.
    pub failures: Vec<ClosingFailure>,
    /// What a dry run of a correction rests on: with this token the same is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Entries of one kind and currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClosedTotal {
    /// See [`BillingEntry::kind`].
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["advance", "close", "adjustment", "correction"])))))]
    pub kind: String,
    /// The currency (ISO 4217).
    pub currency: String,
    /// The number of entries.
    pub entries: u64,
    /// The sum of their totals.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub total: String,
}

/// A contract that could not be closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClosingFailure {
    /// The number of the contract.
    pub contract: String,
    /// The reason.
    pub reason: String,
}

/// A contract that cannot be closed, and is tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FailingContract {
    /// The number of the contract.
    pub contract: String,
    /// The id of its organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub organization_id: String,
    /// The reason of the last failure.
    pub reason: String,
    /// The number of failures since it was last looked at with success, or changed.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub failures: u32,
    /// True once it has failed eight times in a row. It is still tried, every six hours.
    pub dead: bool,
    /// The instant at which it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_next_attempt: Option<String>,
}

/// An entry of a contract: what was charged at once, never changed afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingEntry {
    /// The number of the entry in its contract, from 1. A dry run gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub entry: Option<u64>,
    /// `advance` for what is bought when a period begins, `close`, `adjustment` for what
    /// came late, or `correction`.
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["advance", "close", "adjustment", "correction"])))))]
    pub kind: String,
    /// The number of the contract.
    pub contract_id: String,
    /// The id of the billing period, its first day.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub billing_period_id: String,
    /// The instant at which the entry was made.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub date_created: String,
    /// The id of the period whose late usage is the cause, if it is an earlier one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub follows: Option<String>,
    /// The reason of a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is charged.
    pub rows: Vec<BillingEntryRow>,
    /// What became of the wallets of the contract in the period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallets: Vec<BillingEntryWallet>,
    /// The currency of all amounts (ISO 4217).
    pub currency: String,
    /// The sum of the rows.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub total: String,
    /// The SHA-256 of the entry and of all before it, in hexadecimal digits.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-f]{64}$"))]
    pub digest: String,
}

/// What an entry charges of one product, for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingEntryRow {
    /// `commitment`, `prepayment`, `ramp`, `overage`, `wallet` or `minimum`.
    pub kind: String,
    /// The part number of the product. A `minimum` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_number: Option<String>,
    /// The steps that were charged before, by an earlier entry of the period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ChargeStep>,
    /// The steps that are charged now.
    pub steps: Vec<ChargeStep>,
    /// What the steps come to, less what those before came to.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub amount: String,
}

/// A wallet in a period, in units: what it opens with and what is bought is what is taken,
/// drawn, lapses and is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct BillingEntryWallet {
    /// The part number of its product.
    pub part_number: String,
    /// What the period opened with.
    pub starting_balance: String,
    /// What was bought in it.
    pub balance_increase: String,
    /// What a change of the contract took from it.
    pub balance_decrease: String,
    /// What was drawn from it.
    pub balance_consumption: String,
    /// What is charged beyond it.
    pub balance_overage: String,
    /// What lapsed with the period.
    pub balance_lapse: String,
    /// What the period closed with.
    pub ending_balance: String,
}

/// When periods are closed, where a contract says nothing else: to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutClosingTerms {
    /// The first day that is billed here: periods that end before it are billed elsewhere.
    /// Without it no period is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub billing_from: Option<String>,
    /// The hours from the end of a period to its close. If absent, they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 744))]
    pub close_after: Option<u32>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// When periods are closed, where a contract says nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClosingTerms {
    /// The first day that is billed here: periods that end before it are billed elsewhere.
    /// While it is absent, no period is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub billing_from: Option<String>,
    /// The hours from the end of a period to its close: 24 if it was never said.
    #[cfg_attr(feature = "openapi", schema(maximum = 744))]
    pub close_after: u32,
    /// Counts the changes; 0 if it was never said.
    pub version: u64,
}

impl From<ClosingTerms> for PutClosingTerms {
    fn from(read: ClosingTerms) -> Self {
        Self {
            billing_from: read.billing_from,
            close_after: Some(read.close_after),
            version: Some(read.version),
        }
    }
}
