//! Billing periods: the calendar of a contract.
//!
//! Days are local days of the contract's time zone, and every period begins at
//! a local midnight. A period has the day of the month on which the contract
//! began, as far as the month has it: 31 January, 28 February, 31 March.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::time::{Instant, TimeRange};

#[cfg(test)]
mod tests;

/// When a contract begins and ends, and in which time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: TimeZone,
    start: Date,
    end: Option<Date>,
}

/// Why there is no such calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not a name of the time zone database.
    #[error("timeZone must be a name of the IANA database, such as Europe/Berlin, not \"{0}\"")]
    UnknownZone(String),
    /// A day outside the years that contracts may have.
    #[error("{0} must be a day of the years 2000 to 2199")]
    OutOfRange(&'static str),
    /// It would end before it begins.
    #[error("end must not be before start")]
    Reversed,
}

/// One billing period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its number within the contract, from 0.
    pub number: u32,
    /// Its first local day, which is also its id.
    pub first: Date,
    /// The local day after its last.
    pub next: Date,
    /// Days until the next anchor: more than it has if the contract ends within.
    pub full_days: u32,
    /// The instants of it.
    pub range: TimeRange,
}

impl Period {
    /// How many days from `day` on it has; all of them from a day before it.
    #[must_use]
    pub fn days_from(&self, day: Date) -> u32 {
        days_between(self.first.max(day), self.next)
    }

    /// How many days it has.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.days_from(self.first)
    }
}

/// Days from one day up to another, 0 if that is before it.
pub(crate) fn days_between(from: Date, to: Date) -> u32 {
    // Without a largest unit the difference of two dates is in days.
    let days = (to - from).get_days();
    u32::try_from(days).unwrap_or(0)
}

/// The following day; contracts end long before the calendar does.
pub(crate) fn next_day(day: Date) -> Date {
    day.saturating_add(1.day())
}

impl Calendar {
    /// The calendar of a contract from `start` to `end`, both days included,
    /// or without an end.
    ///
    /// # Errors
    /// The zone is unknown or the days are out of range.
    pub fn new(zone: &str, start: Date, end: Option<Date>) -> Result<Self, CalendarError> {
        let unknown = || CalendarError::UnknownZone(zone.to_owned());
        let known = TimeZone::get(zone).map_err(|_| unknown())?;
        // A zone without a name would follow the machine, and Factory stands
        // for none.
        if known.iana_name().is_none_or(|name| name == "Factory") {
            return Err(unknown());
        }
        for (name, day) in [("start", Some(start)), ("end", end)] {
            if day.is_some_and(|day| !(2000..=2199).contains(&day.year())) {
                return Err(CalendarError::OutOfRange(name));
            }
        }
        if end.is_some_and(|end| end < start) {
            return Err(CalendarError::Reversed);
        }
        Ok(Self {
            zone: known,
            start,
            end,
        })
    }

    /// The name of the time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The first day.
    #[must_use]
    pub const fn start(&self) -> Date {
        self.start
    }

    /// The last day.
    #[must_use]
    pub const fn end(&self) -> Option<Date> {
        self.end
    }

    /// The first instant of a local day. Where a clock change skips midnight
    /// it is the first that there is; where midnight comes twice, the earlier.
    #[must_use]
    pub fn midnight(&self, day: Date) -> Instant {
        let micros = day
            .to_zoned_datetime(self.zone.clone())
            .map_or(i64::MAX, |midnight| midnight.timestamp().as_microsecond());
        Instant::from_micros(micros)
    }

    /// The first instant after the contract.
    #[must_use]
    pub fn ends(&self) -> Option<Instant> {
        self.end.map(|last| self.midnight(next_day(last)))
    }

    /// The day on which the period of this number would begin.
    fn boundary(&self, number: u32) -> Date {
        let first = self.start.first_of_month();
        let month = first.saturating_add(i64::from(number).months());
        let day = self.start.day().min(month.days_in_month());
        month.with().day(day).build().unwrap_or(month)
    }

    /// The number of the period that a day of the contract lies in.
    fn number_of(&self, day: Date) -> u32 {
        let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
        let number = u32::try_from(months(day) - months(self.start)).unwrap_or(0);
        if day < self.boundary(number) {
            number.saturating_sub(1)
        } else {
            number
        }
    }

    /// The period of this number, unless the contract has ended before it.
    #[must_use]
    pub fn period(&self, number: u32) -> Option<Period> {
        let first = self.boundary(number);
        if self.end.is_some_and(|end| end < first) {
            return None;
        }
        let anchor = self.boundary(number.checked_add(1)?);
        let next = self.end.map_or(anchor, |end| anchor.min(next_day(end)));
        Some(Period {
            number,
            first,
            next,
            full_days: days_between(first, anchor),
            range: TimeRange::new(self.midnight(first), self.midnight(next))?,
        })
    }

    /// The last period that has begun by `now`; none before the contract.
    #[must_use]
    pub fn latest(&self, now: Instant) -> Option<Period> {
        let now = Timestamp::from_microsecond(now.micros()).ok()?;
        let today = now.to_zoned_datetime(self.zone.clone()).date();
        if today < self.start {
            return None;
        }
        let day = self.end.map_or(today, |end| today.min(end));
        self.period(self.number_of(day))
    }

    /// The period that a day lies in; none outside the contract.
    #[must_use]
    pub fn period_of(&self, day: Date) -> Option<Period> {
        let inside = self.start <= day && self.end.is_none_or(|end| day <= end);
        if inside {
            self.period(self.number_of(day))
        } else {
            None
        }
    }

    /// Whether a period begins on this day.
    #[must_use]
    pub fn begins_period(&self, day: Date) -> bool {
        self.period_of(day)
            .is_some_and(|period| period.first == day)
    }

    /// Whether a period ends with this day.
    #[must_use]
    pub fn ends_period(&self, day: Date) -> bool {
        self.period_of(day)
            .is_some_and(|period| period.next == next_day(day))
    }
}
