//! The catalog: organisations, clients, trusts, meters, products and contracts.
//!
//! A `Put…` body is what is sent, a `Catalog…` body what is answered; the id
//! is in the path. `version` counts changes from 1: sent along, the change is
//! made only if it is still the current one.

mod aliases;
mod bulk;
mod contract;
mod product;
mod put;
mod trust;

use serde::{Deserialize, Serialize};

pub use aliases::{AliasedResource, CatalogAliases, PutAliases};
pub use bulk::{BulkAnswer, BulkEntity, BulkOutcome, BulkPut};
pub use contract::{
    CatalogContract, Contract, ContractAmendment, ContractConversion, ContractFairUse,
    ContractLine, ContractTier, ContractWallet, Party, PutContract, WalletOpening,
};
pub use product::{CatalogProduct, EarlierWords, Product, PutProduct};
pub use trust::{CatalogTrust, PutTrust, TrustStretch};

/// An organisation of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogOrganization {
    /// The id.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The name.
    pub name: String,
    /// True for the organisation that runs the platform. Its clients may act
    /// for any organisation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub operator: bool,
    /// The earlier names, oldest first. They stay in the periods that they were for. Lists
    /// leave them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierName>,
    /// The version: 1 when created, and one more after each change.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// A name that an organisation had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EarlierName {
    /// The name.
    pub name: String,
    /// The last day (`yyyy-mm-dd`) on which it was the name.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub until: String,
}

/// An organisation to create or change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutOrganization {
    /// The name, 1 to 256 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub name: String,
    /// The day (`yyyy-mm-dd`) from which it has this name, at the latest today; today if
    /// absent. Billing periods that ended before keep the old name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: Option<String>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}

/// A client of the catalog.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogClient {
    /// The id.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The id of the client's organisation.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub organization: String,
    /// The name.
    pub name: String,
    /// The permissions of the client, sorted.
    pub permissions: Vec<String>,
    /// The patterns of the sources under which the client may send events,
    /// sorted. Without any it may send none, but for a client of the operator,
    /// which then may send under any source.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub sources: Vec<String>,
    /// The lifetime of the client's tokens, in seconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 300, maximum = 172800))]
    pub access_token_validity_seconds: u32,
    /// The number of valid secrets: two while the secret is being rotated.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2))]
    pub secrets: u32,
    /// A generated secret. It is shown only this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The version: 1 when created, and one more after each change.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// A client to create or change.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutClient {
    /// The id of the client's organisation. It cannot be changed.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub organization: String,
    /// The name, 1 to 256 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 256))]
    pub name: String,
    /// The permissions of the client.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub permissions: Vec<String>,
    /// The patterns of the sources under which the client may send events, at
    /// most 100 of 1 to 256 bytes: exact, but for `*`, which stands for any run
    /// of characters. Without any it may send none, but for a client of the
    /// operator, which then may send under any source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub sources: Vec<String>,
    /// The lifetime of the client's tokens, 300 to 172,800 seconds; 24 hours if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 300, maximum = 172800))]
    pub access_token_validity_seconds: Option<u32>,
    /// The secret, 32 characters or more. A secret that the client does not
    /// have yet is added; the newest two are valid. A new client that is sent
    /// without one gets a generated secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Password, min_length = 32, max_length = 1024))]
    pub secret: Option<String>,
    /// Adds a generated secret. The answer shows it, only this once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub generate_secret: bool,
    /// Ends a rotation: only the newest secret stays valid.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drop_old_secrets: bool,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}

/// A meter of the catalog: the rule that is in force today and all versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogMeter {
    /// The id of the meter. It never changes.
    pub id: String,
    /// The name of the meter in the reports of today: its id, unless `shownAs` says
    /// otherwise.
    pub name: String,
    /// The number of the newest version, from 1. It may begin later.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The number of the version that is in force today. Absent if none has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub in_force: Option<u64>,
    /// The rule that is in force today. Before the meter begins, it is its first one.
    #[serde(flatten)]
    pub rule: MeterRule,
    /// The day from which the rule counts, if no version is in force yet. Sent back, the
    /// change is one of that day; without it, a change is one of today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// Every version, oldest first.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub versions: Vec<CatalogMeterVersion>,
    /// The trial of the change on the events of the last days. Only the answer to a
    /// `PUT` that makes a version has it, and only if the meter reads quantities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent_events: Option<RecentEvents>,
    /// The path of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub self_uri: Option<String>,
}

/// The kept events of a meter's type of the last 31 days, of all organisations, as a new
/// version of the meter would have read them on each of these days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecentEvents {
    /// The first UTC day (`yyyy-mm-dd`) of the events.
    pub since: String,
    /// The number of events.
    pub events: u64,
    /// Those that would have been refused: they have no quantity that the meter can read.
    pub refused: u64,
    /// Those that would not have counted, for the same reason.
    pub skipped: u64,
    /// Those that would have counted with the quantity 0, for the same reason.
    pub zero: u64,
    /// True if there are more events than are looked at; the newest were. Left out if false.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
}

/// One version of a meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogMeterVersion {
    /// The number of the version, from 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: u64,
    /// The UTC day from which this version counts.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: String,
    /// The rule by which the meter counts.
    #[serde(flatten)]
    pub rule: MeterRule,
}

/// A meter to create or change. A changed rule becomes a new version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PutMeter {
    /// The rule by which the meter counts.
    #[serde(flatten)]
    pub rule: MeterRule,
    /// The UTC day (`yyyy-mm-dd`) from which this rule counts. If absent, the
    /// first version counts from 2000-01-01 and a later one from today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub effective: Option<String>,
    /// The version to change. If another one is current, nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub version: Option<u64>,
}

/// The rule by which a meter counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MeterRule {
    /// The `type` of the events that the meter reads.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub event_type: String,
    /// `unique`, `sum`, `count`, `max`, `hours` or `peak`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::names::Aggregation))]
    pub aggregation: String,
    /// The field of `data` that holds the quantity (sum, max, hours, peak). For
    /// hours and peak it is `seconds` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub quantity: Option<String>,
    /// The step to which the quantity of each event is rounded up (sum), a
    /// decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(format = "decimal", pattern = "^[0-9]{1,15}([.][0-9]{1,9})?$")
    )]
    pub round_up_each: Option<String>,
    /// The number of minutes that a level must last to count (peak); 30 if
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 44640))]
    pub peak_minutes: Option<u32>,
    /// The family within which only the highest rank counts (unique).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub family: Option<String>,
    /// The rank within the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The name in reports, 1 to 128 bytes; that of the meter if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128))]
    pub shown_as: Option<String>,
    /// The meaning of an event whose quantity is missing or cannot be read (sum, max, hours,
    /// peak): `reject` refuses it, for all meters; `skip` keeps it, and it does not count
    /// in this meter; `zero` counts it with the quantity 0. If absent, what the version says
    /// that is in force on the first day. If there is none, `skip` where another meter
    /// listens to the type or events of it are kept, else `reject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::Unreadable>))]
    pub unreadable: Option<String>,
    /// The treatment of decimals beyond the ninth of a quantity, or the sixth of seconds
    /// (sum, max, hours, peak): `reject`, `cut`, or `round`, half away from zero. If absent,
    /// they cannot be read (`reject`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::ExcessDecimals>))]
    pub excess_decimals: Option<String>,
    /// The names that are one resource: those that are equal byte for byte (`exact`, also if
    /// absent), or in lower case and without blanks around (`folded`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::names::Resources>))]
    pub resources: Option<String>,
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
