use std::fmt;
use std::str::FromStr;

use super::{Instant, MICROS_PER_DAY, TimeRange};

/// A UTC calendar day: days since 1970-01-01, negative before.
///
/// Days beyond the range of an [`Instant`] (about ±106 million) can be named,
/// but their start is cut to that range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// The error of a text that is not a calendar day `yyyy-mm-dd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a calendar day of the form yyyy-mm-dd, year 0000 to 9999")]
pub struct InvalidDay;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_FROM_MARCH_0: i64 = 719_468;
/// Days in 400 Gregorian years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;

impl Day {
    /// Returns the day this many days after 1970-01-01.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Returns the days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Returns the midnight that opens the day.
    pub const fn start(self) -> Instant {
        Instant::from_micros((self.0 as i64).saturating_mul(MICROS_PER_DAY))
    }

    /// Returns the following day. The last representable one is its own successor.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the preceding day. The first representable one is its own predecessor.
    #[must_use]
    pub const fn prev(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Returns the whole day, from its midnight to the next.
    pub const fn range(self) -> TimeRange {
        TimeRange::of_day(self)
    }

    /// Returns the day with this year (0 to 9999), month (1 to 12) and day of month in
    /// the proleptic Gregorian calendar, or `None` where there is no such day.
    pub const fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if year < 0 || year > 9999 || month < 1 || month > 12 {
            return None;
        }
        if day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Counting years from March puts the leap day at the end of one.
        let (months, year) = if month > 2 {
            (month - 3, year as i64)
        } else {
            (month + 9, year as i64 - 1)
        };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = ((153 * months + 2) / 5 + day - 1) as i64;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(
            (era * DAYS_PER_ERA + day_of_era - EPOCH_FROM_MARCH_0) as i32,
        ))
    }

    /// Returns year, month (1 to 12) and day of month in the proleptic Gregorian calendar.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let days = self.0 as i64 + EPOCH_FROM_MARCH_0;
        let era = days.div_euclid(DAYS_PER_ERA);
        let day_of_era = days.rem_euclid(DAYS_PER_ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months + 2) / 5 + 1;
        let month = if months < 10 { months + 3 } else { months - 9 };
        let year = era * 400 + year_of_era + (month <= 2) as i64;
        (year as i32, month as u32, day as u32)
    }
}

const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let &[a, b, c, d, b'-', e, g, b'-', h, i] = text.as_bytes() else {
            return Err(InvalidDay);
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0u32, |sum, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| sum * 10 + u32::from(digit - b'0'))
            })
        };
        let year = number(&[a, b, c, d]).ok_or(InvalidDay)?;
        let month = number(&[e, g]).ok_or(InvalidDay)?;
        let day = number(&[h, i]).ok_or(InvalidDay)?;
        Self::from_ymd(year as i32, month, day).ok_or(InvalidDay)
    }
}
