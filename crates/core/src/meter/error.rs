use super::{Aggregation, MAX_NAME_BYTES, MAX_PEAK_MINUTES};
use crate::time::Day;

/// The error of a meter, or a set of meters, that is refused. Each message names the
/// setting and its limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeterError {
    /// The text names none of the six aggregations.
    #[error("aggregation must be unique, sum, count, max, hours or peak, not \"{0}\"")]
    UnknownAggregation(String),
    /// A text of the definition is empty or too long.
    #[error("{setting} must have 1 to {MAX_NAME_BYTES} bytes")]
    Length {
        /// The setting: `name`, `event_type`, `quantity`, `family` or `shown_as`.
        setting: &'static str,
    },
    /// The field of data has characters that JSON escapes.
    #[error("quantity must name a field without quotes, backslashes and control characters")]
    FieldName,
    /// The aggregation adds up a quantity, and no field is named.
    #[error("quantity is required with aggregation {0}: name the field of data to read")]
    QuantityRequired(Aggregation),
    /// The setting does not belong to the aggregation.
    #[error("{setting} does not go with aggregation {aggregation}")]
    NotApplicable {
        /// The setting: `quantity`, `round_up_each`, `family`, `peak_minutes`, `unreadable`
        /// or `excess_decimals`.
        setting: &'static str,
        /// The aggregation of the meter.
        aggregation: Aggregation,
    },
    /// A rounding step of zero or less.
    #[error("round_up_each must be above 0")]
    StepNotPositive,
    /// Minutes at peak outside of their range.
    #[error("peak_minutes must be 1 to {MAX_PEAK_MINUTES}")]
    PeakMinutes,
    /// Version numbers start at 1.
    #[error("version must be 1 or more")]
    VersionZero,
    /// A fault in one version of a meter of the set.
    #[error("meter \"{meter}\", version {version}: {why}")]
    InVersion {
        /// The name of the meter.
        meter: String,
        /// The number of the version.
        version: u32,
        /// The fault.
        why: Box<MeterError>,
    },
    /// A meter without any version.
    #[error("meter \"{0}\" has no version")]
    NoVersion(String),
    /// Two versions of one meter with the same number.
    #[error("meter \"{meter}\" has two versions {version}")]
    DuplicateVersion {
        /// The name of the meter.
        meter: String,
        /// The number that both have.
        version: u32,
    },
    /// Two meters with the same name.
    #[error("two meters are named \"{0}\"")]
    DuplicateName(String),
    /// Two meters with the same number.
    #[error("two meters have the number {0}")]
    DuplicateNumber(u32),
    /// The aggregation of a meter would change. It may not.
    #[error("aggregation of meter \"{0}\" may not change between versions; add another meter")]
    AggregationChanged(String),
    /// Two meters of one family with the same rank at the same time: which of
    /// them a resource counts in would be undecided.
    #[error(
        "meters \"{first}\" and \"{second}\" both have rank {rank} in family \"{family}\" on {day}"
    )]
    EqualRanks {
        /// The family.
        family: String,
        /// The rank that both have.
        rank: u32,
        /// The meter that has it longer.
        first: String,
        /// The meter that joins it.
        second: String,
        /// The first day on which both have it.
        day: Day,
    },
}
