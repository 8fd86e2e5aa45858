//! From a figure to its days, and from a day to its events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::BillingEntry;

/// The length of the buckets of a series, by the clocks of its time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Clock hours.
    Hour,
    /// Days.
    #[default]
    Day,
    /// Calendar months.
    Month,
}

impl Granularity {
    /// Every granularity.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Month];

    /// Returns the granularity as it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

impl fmt::Display for Granularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that is not a granularity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownGranularity;

impl fmt::Display for UnknownGranularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be hour, day or month")
    }
}

impl std::error::Error for UnknownGranularity {}

impl FromStr for Granularity {
    type Err = UnknownGranularity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|known| known.as_str() == text)
            .ok_or(UnknownGranularity)
    }
}

/// The usage of one meter in each bucket of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageSeries {
    /// The meter.
    pub meter: String,
    /// The length of the buckets.
    pub granularity: Granularity,
    /// The time zone in which the buckets begin and end, a name of the IANA database.
    pub time_zone: String,
    /// The start of the range.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The end of the range. This instant is not part of it.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// Every bucket of the range, in order.
    pub entities: Vec<UsageBucket>,
}

/// One bucket of a series. It holds what a report of just its range would say,
/// so the buckets of most meters do not add up to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageBucket {
    /// The start of the bucket.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The end of the bucket, which is the start of the next.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// The usage, a decimal number.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub usage: String,
    /// The start as the clocks of the time zone show it, with their offset:
    /// `2026-10-25T02:00:00.000+01:00`.
    pub local_start: String,
}

/// The usage of a range that no contract bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnbilledUsage {
    /// The start of the range.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The end of the range. This instant is not part of it.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// What nobody is billed for, in order of time, then by meter.
    pub entities: Vec<UnbilledMeter>,
}

/// The usage of one meter in a stretch of time in which no contract bills it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnbilledMeter {
    /// The start of the stretch.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub start_date: String,
    /// The end of the stretch. This instant is not part of it.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub end_date: String,
    /// The meter.
    pub meter: String,
    /// The usage, a decimal number: what a report of the stretch says.
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub usage: String,
    /// `noContract`, `beforeContract`, `betweenContracts`, `afterContract` or
    /// `notInContract`: a contract is in force and has no line for it.
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["noContract", "beforeContract", "betweenContracts", "afterContract", "notInContract"])))))]
    pub reason: String,
    /// The number of the contract that is in force, or was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_id: Option<String>,
}

/// Why a usage event is on a bill, or on none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageExplanation {
    /// The event.
    pub event: RecordedEvent,
    /// The meters that count it, in order of their names.
    pub meters: Vec<ExplainedMeter>,
    /// The billing periods that it is in. A session may be in several.
    pub billing_periods: Vec<ExplainedPeriod>,
    /// Why nobody is billed for it: it is a `void`, it is `voided`, it is `unmetered`, there is
    /// `noContract` at its time, or what counts it is `notInContract`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["void", "voided", "unmetered", "noContract", "notInContract"])))))]
    pub reason: Option<String>,
}

/// A meter that counts an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedMeter {
    /// The meter.
    pub meter: String,
    /// The quantity that it reads, if it reads any; of a session, its seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub quantity: Option<String>,
}

/// A billing period that an event is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExplainedPeriod {
    /// The number of the contract.
    pub contract_id: String,
    /// The id of the billing period, its first day.
    #[cfg_attr(feature = "openapi", schema(format = Date))]
    pub billing_period_id: String,
    /// The part numbers of the products of the contract that the event counts for.
    pub part_numbers: Vec<String>,
    /// `open`: the period is, and counts it; `closed`: it was closed with it; `adjusted`: an
    /// entry has charged it since; `noDifference`: it changes no charge; `due`: the next
    /// adjustment takes it; `tooLate` to adjust the period; `billedElsewhere`.
    #[cfg_attr(feature = "openapi", schema(extensions(("x-extensible-enum" = json!(["open", "closed", "adjusted", "noDifference", "due", "tooLate", "billedElsewhere"])))))]
    pub stage: String,
    /// The entry with which it was charged, and those of later periods that follow from it.
    pub entries: Vec<BillingEntry>,
}

/// A usage event as it was ingested.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordedEvent {
    /// The id of the event. Together with `source` it identifies the event.
    pub id: String,
    /// The system that observed the event.
    pub source: String,
    /// The type of the event.
    pub r#type: String,
    /// The resource that the event concerns: its `subject`.
    pub resource: String,
    /// The instant at which the event happened.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub time: String,
    /// The instant at which the event was acknowledged.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub received: String,
    /// The `data` of the event as it is stored: compact, with sorted names and
    /// exact numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub data: Option<Box<RawValue>>,
    /// The id of the event that this event voids. Both have the same source and
    /// time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voids: Option<String>,
    /// The id of the event that voids this event. A voided event counts
    /// nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<String>,
    /// The id of the client that has sent the event. Absent for an event that was
    /// kept before clients were recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub client: Option<String>,
    /// The quantity that the requested meter reads, a decimal string. For a
    /// session it is its seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "decimal"))]
    pub quantity: Option<String>,
}
