//! Time zones: what their clocks show, and when their hours, days and months begin.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::period::CalendarError;
use crate::time::{Day, Instant, MICROS_PER_DAY, MICROS_PER_SECOND};

#[cfg(test)]
mod tests;

const MICROS_PER_HOUR: i64 = MICROS_PER_DAY / 24;

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns UTC.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Returns the time zone of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(name: &str) -> Result<Self, CalendarError> {
        let unknown = || CalendarError::UnknownZone(name.to_owned());
        let zone = TimeZone::get(name).map_err(|_| unknown())?;
        // A zone without a name would follow the machine, and Factory stands for none.
        if zone.iana_name().is_none_or(|name| name == "Factory") {
            return Err(unknown());
        }
        Ok(Self(zone))
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.0.iana_name();
        name.expect("a zone without a name is not known")
    }

    /// Returns what is added to UTC at an instant, in seconds.
    #[must_use]
    pub fn offset_seconds(&self, at: Instant) -> i32 {
        // Beyond the years of the calendar nothing changes any more.
        let last = if at.micros() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        let at = Timestamp::from_microsecond(at.micros()).unwrap_or(last);
        self.0.to_offset(at).seconds()
    }

    /// Returns what the clocks show at an instant: it is the instant at which those of UTC
    /// show the same.
    #[must_use]
    pub fn shown_at(&self, at: Instant) -> Instant {
        let offset = i64::from(self.offset_seconds(at)) * MICROS_PER_SECOND;
        Instant::from_micros(at.micros().saturating_add(offset))
    }

    /// Returns the first instant at which the clocks show this, or what comes after it where
    /// a clock change skips it. `shown` is the instant at which those of UTC do.
    #[must_use]
    pub fn first_showing(&self, shown: Instant) -> Instant {
        let less = |offset: Offset| {
            let micros = i64::from(offset.seconds()) * MICROS_PER_SECOND;
            Instant::from_micros(shown.micros().saturating_sub(micros))
        };
        let Ok(of_utc) = Timestamp::from_microsecond(shown.micros()) else {
            let offset = i64::from(self.offset_seconds(shown)) * MICROS_PER_SECOND;
            return Instant::from_micros(shown.micros().saturating_sub(offset));
        };
        let civil = Offset::UTC.to_datetime(of_utc);
        match self.0.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => less(offset),
            // Shown twice: the offset of before is of the first time.
            AmbiguousOffset::Fold { before, .. } => less(before),
            // Skipped: read with the offset of after, it is still before the change.
            AmbiguousOffset::Gap { before, after } => {
                let earlier = less(after);
                let change = self.change_within(earlier, less(before));
                change.unwrap_or_else(|| less(before))
            }
        }
    }

    /// Returns the first instant of a local day. Where a clock change skips midnight it is
    /// the first instant that there is; where midnight comes twice, the earlier.
    #[must_use]
    pub fn midnight(&self, day: Day) -> Instant {
        self.first_showing(day.start())
    }

    /// Returns the first instant behind this one at which the clocks show a full hour, or
    /// are changed.
    #[must_use]
    pub fn hour_after(&self, at: Instant) -> Instant {
        let of_hour = self.shown_at(at).micros().rem_euclid(MICROS_PER_HOUR);
        let left = MICROS_PER_HOUR - of_hour;
        let full = Instant::from_micros(at.micros().saturating_add(left));
        self.change_within(at, full).unwrap_or(full)
    }

    /// Returns the first instant behind this one at which a day begins.
    #[must_use]
    pub fn day_after(&self, at: Instant) -> Instant {
        self.begin_after(at, |_| true)
    }

    /// Returns the first instant behind this one at which a month begins.
    #[must_use]
    pub fn month_after(&self, at: Instant) -> Instant {
        self.begin_after(at, |day| day.ymd().2 == 1)
    }

    /// Returns the first instant behind this one at which such a day begins.
    fn begin_after(&self, at: Instant, is_wanted: impl Fn(Day) -> bool) -> Instant {
        let mut day = self.shown_at(at).day();
        loop {
            day = day.next();
            if !is_wanted(day) {
                continue;
            }
            // Clocks that were put back over midnight show the day before once more.
            let begins = self.midnight(day);
            if at < begins {
                return begins;
            }
        }
    }

    /// Returns the first instant behind `from`, up to `to`, at which the clocks are changed.
    fn change_within(&self, from: Instant, to: Instant) -> Option<Instant> {
        let offset = self.offset_seconds(from);
        let after = Timestamp::from_microsecond(from.micros()).ok()?;
        let changes = self.0.following(after);
        let changes = changes.map(|it| Instant::from_micros(it.timestamp().as_microsecond()));
        let mut within = changes.take_while(|at| *at <= to);
        // Only the name of the time may change, or the rule.
        within.find(|at| self.offset_seconds(*at) != offset)
    }
}
