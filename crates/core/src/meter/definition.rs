use std::fmt;
use std::str::FromStr;

use super::{MeterError, Spelling, Unreadable};
use crate::decimal::ExcessDecimals;
use crate::quantity::Quantity;
use crate::time::Day;

/// Longest name of a meter, an event type, a field or a family, in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// `peak_minutes` where a `peak` meter does not say otherwise.
pub const DEFAULT_PEAK_MINUTES: u32 = 30;
/// Most minutes that a `peak` meter may ask for: 31 days.
pub const MAX_PEAK_MINUTES: u32 = 31 * 24 * 60;
/// The field that session meters read their duration from unless they name another.
pub const DEFAULT_SECONDS_FIELD: &str = "seconds";

/// The way in which the events of a meter make its total over a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregation {
    /// Number of distinct resources seen.
    Unique,
    /// Sum of a quantity.
    Sum,
    /// Number of events.
    Count,
    /// Highest single quantity.
    Max,
    /// Union of each resource's sessions, summed, in hours, rounded up once.
    Hours,
    /// Highest number of resources active at once for long enough in sum.
    Peak,
}

impl Aggregation {
    /// Returns the name in lower case, as the catalog spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Max => "max",
            Self::Hours => "hours",
            Self::Peak => "peak",
        }
    }

    /// Returns true if the events are sessions, with a start and a duration.
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Hours | Self::Peak)
    }

    /// Returns true if the total is a level, which says how many there were, rather
    /// than an amount, which grows with the days.
    pub const fn is_level(self) -> bool {
        matches!(self, Self::Unique | Self::Max | Self::Peak)
    }

    /// Returns true if the meter reads a field of the event's data.
    pub const fn reads_quantity(self) -> bool {
        matches!(self, Self::Sum | Self::Max | Self::Hours | Self::Peak)
    }
}

impl fmt::Display for Aggregation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Aggregation {
    type Err = MeterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            Self::Unique,
            Self::Sum,
            Self::Count,
            Self::Max,
            Self::Hours,
            Self::Peak,
        ]
        .into_iter()
        .find(|aggregation| aggregation.as_str() == text)
        .ok_or_else(|| MeterError::UnknownAggregation(text.to_owned()))
    }
}

/// The place of a `unique` meter among named-user tiers: within a range a
/// resource counts only in the highest-ranked meter of the family that saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family {
    /// The name that the meters of the family share.
    pub name: String,
    /// The rank; the highest wins.
    pub rank: u32,
}

/// The definition of a meter from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterVersion {
    /// Number of the version within its meter, from 1.
    pub version: u32,
    /// The first UTC day on which the version holds.
    pub begins: Day,
    /// The CloudEvents type of the events that the meter reads, 1 to 128 bytes.
    pub event_type: String,
    /// The aggregation, which makes the total.
    pub aggregation: Aggregation,
    /// The field of `data` that the meter reads; see [`field`](Self::field) for the default.
    pub quantity: Option<String>,
    /// For `sum`: each event is rounded up to a multiple of this before it is added.
    pub round_up_each: Option<Quantity>,
    /// For `peak`: minutes that a level must last in sum, 1 to 44,640;
    /// [`DEFAULT_PEAK_MINUTES`] with any other aggregation.
    pub peak_minutes: u32,
    /// For `unique`: the family of tiers that the meter belongs to.
    pub family: Option<Family>,
    /// The name in reports, if it is not that of the meter.
    pub shown_as: Option<String>,
    /// The meaning of an event without a readable quantity, if the meter reads any.
    pub unreadable: Unreadable,
    /// The treatment of decimals that a quantity cannot hold, if the meter reads any.
    pub excess_decimals: ExcessDecimals,
    /// The names that are one resource.
    pub resources: Spelling,
    /// The catalog revision that introduced it.
    pub revision: u64,
}

impl MeterVersion {
    /// Returns the field of `data` that the meter reads, if it reads any: the named
    /// one, or `seconds` for session meters.
    pub fn field(&self) -> Option<&str> {
        let default = self
            .aggregation
            .is_session()
            .then_some(DEFAULT_SECONDS_FIELD);
        self.quantity.as_deref().or(default)
    }

    /// Checks the version on its own.
    ///
    /// # Errors
    /// The first setting that is out of its limits or does not go with the
    /// aggregation.
    pub fn validate(&self) -> Result<(), MeterError> {
        if self.version == 0 {
            return Err(MeterError::VersionZero);
        }
        check_length("event_type", &self.event_type)?;
        self.validate_quantity()?;
        self.validate_step()?;
        self.validate_peak_minutes()?;
        self.validate_reading()?;
        if let Some(name) = &self.shown_as {
            check_length("shown_as", name)?;
        }
        match &self.family {
            Some(_) if self.aggregation != Aggregation::Unique => Err(self.refuse("family")),
            Some(family) => check_length("family", &family.name),
            None => Ok(()),
        }
    }

    fn validate_quantity(&self) -> Result<(), MeterError> {
        match &self.quantity {
            Some(_) if !self.aggregation.reads_quantity() => Err(self.refuse("quantity")),
            // JSON escapes these, and a field is found by its plain text.
            Some(field) if field.contains(['"', '\\']) || field.contains(char::is_control) => {
                Err(MeterError::FieldName)
            }
            Some(field) => check_length("quantity", field),
            None if self.aggregation.reads_quantity() && self.field().is_none() => {
                Err(MeterError::QuantityRequired(self.aggregation))
            }
            None => Ok(()),
        }
    }

    fn validate_step(&self) -> Result<(), MeterError> {
        match self.round_up_each {
            Some(_) if self.aggregation != Aggregation::Sum => Err(self.refuse("round_up_each")),
            Some(step) if step <= Quantity::ZERO => Err(MeterError::StepNotPositive),
            _ => Ok(()),
        }
    }

    fn validate_peak_minutes(&self) -> Result<(), MeterError> {
        if self.aggregation != Aggregation::Peak && self.peak_minutes != DEFAULT_PEAK_MINUTES {
            return Err(self.refuse("peak_minutes"));
        }
        if !(1..=MAX_PEAK_MINUTES).contains(&self.peak_minutes) {
            return Err(MeterError::PeakMinutes);
        }
        Ok(())
    }

    fn validate_reading(&self) -> Result<(), MeterError> {
        if self.aggregation.reads_quantity() {
            return Ok(());
        }
        if self.unreadable != Unreadable::Reject {
            return Err(self.refuse("unreadable"));
        }
        if self.excess_decimals != ExcessDecimals::Reject {
            return Err(self.refuse("excess_decimals"));
        }
        Ok(())
    }

    fn refuse(&self, setting: &'static str) -> MeterError {
        MeterError::NotApplicable {
            setting,
            aggregation: self.aggregation,
        }
    }
}

pub(super) fn check_length(setting: &'static str, text: &str) -> Result<(), MeterError> {
    if (1..=MAX_NAME_BYTES).contains(&text.len()) {
        Ok(())
    } else {
        Err(MeterError::Length { setting })
    }
}

/// A meter: a figure of the report, and its definition over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// A small number that stays the meter's own, whatever its name.
    pub number: u32,
    /// The name by which the catalog knows the meter, 1 to 128 bytes. It never changes, and
    /// is the name in reports (`BillingUsage.name`) unless a version says otherwise.
    pub name: String,
    /// The versions by ascending first day; of two that begin on the same day
    /// the later one in the list holds.
    pub versions: Vec<MeterVersion>,
}

impl Meter {
    /// Returns the version that holds on the day: the last one that has begun.
    pub fn at(&self, day: Day) -> Option<&MeterVersion> {
        let begun = self
            .versions
            .partition_point(|version| version.begins <= day);
        begun.checked_sub(1).map(|last| &self.versions[last])
    }

    /// Returns the version with which the meter begins. Of those of its first day it is the
    /// newest, which replaces the others.
    pub fn first(&self) -> Option<&MeterVersion> {
        self.at(self.versions.first()?.begins)
    }

    /// Returns the name in reports of ranges whose last day this is. Before the meter
    /// begins, it is its first one.
    pub fn shown_on(&self, day: Day) -> &str {
        let version = self.at(day).or_else(|| self.first());
        let shown = version.and_then(|version| version.shown_as.as_deref());
        shown.unwrap_or(&self.name)
    }

    /// Returns every name that reports have or had for the meter.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let shown = self.versions.iter();
        let shown = shown.filter_map(|version| version.shown_as.as_deref());
        std::iter::once(self.name.as_str()).chain(shown)
    }
}
