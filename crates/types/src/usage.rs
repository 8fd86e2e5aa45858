//! From a figure to its days, and from a day to its events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How long the buckets of a series are; all of them are in UTC.
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

    /// As it is written on the wire.
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

/// A text that is no granularity.
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

/// What one meter counted in each bucket of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageSeries {
    /// The meter.
    pub meter: String,
    /// How long the buckets are.
    pub granularity: Granularity,
    /// When the range begins.
    pub start_date: String,
    /// When it ends; this instant is not part of it.
    pub end_date: String,
    /// Every bucket of the range, in order.
    pub entities: Vec<UsageBucket>,
}

/// One bucket of a series. It stands alone: it says what a report of just its
/// range would, so that buckets of most meters do not add up to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct UsageBucket {
    /// When it begins.
    pub start_date: String,
    /// When it ends, which is when the next one begins.
    pub end_date: String,
    /// The usage, a decimal number.
    pub usage: String,
}

/// A usage event as it was taken in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecordedEvent {
    /// Identifies it, together with `source`.
    pub id: String,
    /// What observed it.
    pub source: String,
    /// What happened.
    pub r#type: String,
    /// The resource that it happened to: its `subject`.
    pub resource: String,
    /// When it happened.
    pub time: String,
    /// When it was acknowledged.
    pub received: String,
    /// Its `data` as it is kept: compact, with sorted names and exact numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub data: Option<Box<RawValue>>,
    /// Id of the event of the same source and time that it voids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voids: Option<String>,
    /// Id of the event that voids it, so that it counts nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided_by: Option<String>,
    /// What the meter that was asked for reads, a decimal number; of a session
    /// its seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
}
