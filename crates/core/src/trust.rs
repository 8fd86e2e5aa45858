//! The days on which a partner is the partner of a customer.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};

use crate::period::{Calendar, Period};
use crate::time::Instant;

/// The dates of a trust: one stretch of days or several, the earliest first. Only the
/// first can be without a start, only the last without an end.
///
/// A trust opens the billing periods that begin within its dates. The day on which a
/// period begins is that of the contract's time zone, so every period belongs to one
/// stretch at most, and partners who follow each other share none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustDates(Vec<TrustStretch>);

/// Days of a trust, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustStretch {
    /// The first day. None if the trust has been there always.
    pub from: Option<Date>,
    /// The last day. None if the trust goes on.
    pub until: Option<Date>,
}

/// The error of stretches that are not one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustDatesError {
    /// There is none.
    #[error("a trust has dates")]
    Empty,
    /// One ends before it begins.
    #[error("until must not be before from")]
    Reversed,
    /// One does not begin after the end of the one before it, or one of the two has no
    /// such day.
    #[error(
        "earlier must list the stretches before from, the earliest first, each with its last \
         day, which is before the next one's first day"
    )]
    Order,
    /// A text does not list stretches.
    #[error("the dates of a trust cannot be read")]
    Unreadable,
}

impl TrustDates {
    /// Returns those of a trust that has no dates: it opens everything.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(vec![TrustStretch {
            from: None,
            until: None,
        }])
    }

    /// Checks and returns the dates of these stretches.
    ///
    /// # Errors
    /// There is none, one ends before it begins, or they do not follow each other.
    pub fn new(stretches: Vec<TrustStretch>) -> Result<Self, TrustDatesError> {
        if stretches.is_empty() {
            return Err(TrustDatesError::Empty);
        }
        let reversed = |it: &TrustStretch| matches!((it.from, it.until), (Some(from), Some(until)) if until < from);
        if stretches.iter().any(reversed) {
            return Err(TrustDatesError::Reversed);
        }
        let follows = |pair: &[TrustStretch]| matches!((pair[0].until, pair[1].from), (Some(until), Some(from)) if until < from);
        if !stretches.windows(2).all(follows) {
            return Err(TrustDatesError::Order);
        }
        Ok(Self(stretches))
    }

    /// Returns the stretches, the earliest first.
    #[must_use]
    pub fn stretches(&self) -> &[TrustStretch] {
        &self.0
    }

    /// Returns the last stretch.
    #[must_use]
    pub fn last(&self) -> TrustStretch {
        *self.0.last().expect("a trust has dates")
    }

    /// Returns the stretch that a billing period begins in. None if the trust does not
    /// open it.
    #[must_use]
    pub fn stretch_of(&self, period: &Period) -> Option<TrustStretch> {
        let holds = |it: &&TrustStretch| it.contains(period.first);
        self.0.iter().find(holds).copied()
    }

    /// Returns true if the last day is over, wherever on earth: then no period that begins
    /// from now on is opened.
    #[must_use]
    pub fn have_ended(&self, now: Instant) -> bool {
        // Nowhere does a day last longer than at UTC-12.
        let westmost = Offset::constant(-12);
        let now = Timestamp::from_microsecond(now.micros());
        let today = now.ok().map(|now| westmost.to_datetime(now).date());
        let last = self.last().until;
        last.zip(today).is_some_and(|(last, today)| last < today)
    }
}

impl TrustStretch {
    /// Returns true if the day is one of the stretch.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Returns the first instant after the stretch, in the time zone of a contract. None if
    /// the trust goes on.
    #[must_use]
    pub fn ends(&self, calendar: &Calendar) -> Option<Instant> {
        let next = self.until.map(|until| until.checked_add(1.day()));
        // The last day of the calendar has no end.
        next.and_then(Result::ok)
            .map(|next| calendar.midnight(next))
    }
}

/// Writes `from..until` for each stretch; an end that is open is empty.
impl fmt::Display for TrustDates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, TrustStretch { from, until }) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " " })?;
            from.iter().try_for_each(|day| write!(f, "{day}"))?;
            f.write_str("..")?;
            until.iter().try_for_each(|day| write!(f, "{day}"))?;
        }
        Ok(())
    }
}

impl FromStr for TrustDates {
    type Err = TrustDatesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = |text: &str| match text {
            "" => Ok(None),
            day => day
                .parse()
                .map(Some)
                .map_err(|_| TrustDatesError::Unreadable),
        };
        let stretch = |text: &str| {
            let (from, until) = text.split_once("..").ok_or(TrustDatesError::Unreadable)?;
            Ok(TrustStretch {
                from: day(from)?,
                until: day(until)?,
            })
        };
        let stretches = text.split(' ').map(stretch).collect::<Result<_, _>>()?;
        Self::new(stretches)
    }
}

#[cfg(test)]
mod tests;
