use super::{Day, MICROS_PER_DAY};

/// A point in time: microseconds since 1970-01-01T00:00:00Z, negative before.
///
/// The whole range of an `i64` is valid (about ±292,000 years); which part of
/// it an event may use is decided when it is ingested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// Returns the instant this many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Returns the UTC day that the instant falls on; midnight belongs to the day it opens.
    pub const fn day(self) -> Day {
        // At most ±106,751,992 days, which an i32 holds.
        Day::from_number(self.0.div_euclid(MICROS_PER_DAY) as i32)
    }

    /// Returns the microseconds since the midnight that opened its day, below [`MICROS_PER_DAY`].
    pub const fn offset_in_day(self) -> u64 {
        self.0.rem_euclid(MICROS_PER_DAY) as u64
    }

    /// Returns the instant this many microseconds later (earlier when negative), or
    /// `None` where that leaves the range of an instant.
    pub const fn checked_add_micros(self, micros: i64) -> Option<Self> {
        match self.0.checked_add(micros) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}
