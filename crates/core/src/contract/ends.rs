//! The ends that a contract was given, one after the other.
//!
//! An end that is put later is a change of its day, not of the past: what was bought in a
//! period was bought until the end that was known then.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::period::Period;
use crate::time::Instant;

/// The ends that a contract was given, in the order in which they became known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownEnds(Vec<KnownEnd>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownEnd {
    since: Instant,
    /// The last day. None if the contract was to go on.
    end: Option<Date>,
}

/// The error of a text that does not list ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the known ends cannot be read at \"{0}\"")]
pub struct UnreadableEnds(String);

impl KnownEnds {
    /// Adds the end that is known from an instant on, unless it is the one of before.
    pub fn add(&mut self, since: Instant, end: Option<Date>) {
        if self.last() != Some(end) {
            self.0.push(KnownEnd { since, end });
        }
    }

    /// Returns the end that is known now: a day, or none. Nothing if no end was added.
    #[must_use]
    pub fn last(&self) -> Option<Option<Date>> {
        self.0.last().map(|known| known.end)
    }

    /// Returns the end up to which things were bought in a period: the one that was known
    /// when the period ended, or the first if the contract was made after that. If it lies
    /// before the period, the contract was prolonged later, and it is the first after.
    pub(super) fn in_period(&self, period: &Period) -> Option<Option<Date>> {
        let known = self
            .0
            .partition_point(|known| known.since < period.range.end());
        let mut ends = self.0.iter().skip(known.saturating_sub(1));
        let reaching = ends.find(|known| known.end.is_none_or(|end| period.first <= end));
        reaching.map(|known| known.end)
    }

    /// Returns true if the contract has ended with a period: by the end that was known when
    /// the period was over, or one that was given after that. It may have been prolonged.
    pub(super) fn end_with(&self, period: &Period) -> bool {
        let known = self
            .0
            .partition_point(|known| known.since < period.range.end());
        let mut ends = self.0.iter().skip(known.saturating_sub(1));
        ends.any(|known| known.end == Some(period.last()))
    }
}

/// Writes an instant in microseconds and a day, or `-`, for each.
impl fmt::Display for KnownEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, KnownEnd { since, end }) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{} ", since.micros())?;
            match end {
                Some(end) => write!(f, "{end}")?,
                None => f.write_str("-")?,
            }
        }
        Ok(())
    }
}

impl FromStr for KnownEnds {
    type Err = UnreadableEnds;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut ends = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let unreadable = || UnreadableEnds(part.to_owned());
            let (since, end) = part.split_once(' ').ok_or_else(unreadable)?;
            let since = since.parse().map_err(|_| unreadable())?;
            let end = match end {
                "-" => None,
                day => Some(day.parse().map_err(|_| unreadable())?),
            };
            ends.add(Instant::from_micros(since), end);
        }
        Ok(ends)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::period::Calendar;

    fn at(day: Date) -> Instant {
        calendar(None).midnight(day)
    }

    fn calendar(end: Option<Date>) -> Calendar {
        Calendar::new("Europe/Berlin", date(2026, 3, 1), end).unwrap()
    }

    #[test]
    fn the_known_ends_are_written_and_read() {
        let mut ends = KnownEnds::default();
        assert_eq!((ends.to_string().as_str(), ends.last()), ("", None));
        for (micros, end) in [(-5, None), (7, None), (8, Some(date(2027, 2, 28)))] {
            ends.add(Instant::from_micros(micros), end);
        }
        assert_eq!(ends.to_string(), "-5 -,8 2027-02-28");
        assert_eq!(ends.last(), Some(Some(date(2027, 2, 28))));
        assert_eq!(ends.to_string().parse(), Ok(ends));
        assert_eq!("".parse(), Ok(KnownEnds::default()));
        for text in ["5", "x -", "5 2027-02-30", "5 -,"] {
            let read: Result<KnownEnds, _> = text.parse();
            assert_eq!(read.is_ok(), text == "5 -,", "{text}");
        }
    }

    #[test]
    fn a_period_knows_the_end_that_was_known_when_it_ended() {
        let mut ends = KnownEnds::default();
        let (long, short) = (date(2027, 2, 28), date(2026, 12, 31));
        ends.add(at(date(2026, 4, 10)), Some(long));
        ends.add(at(date(2026, 6, 1)), Some(short));
        ends.add(at(date(2027, 2, 15)), None);
        let known = |number| {
            let period = calendar(None).period(number).unwrap();
            ends.in_period(&period).unwrap()
        };
        // March was over before the contract was made, and May just ended on 1 June.
        assert_eq!([0, 1, 2].map(known), [Some(long); 3]);
        assert_eq!([3, 9].map(known), [Some(short); 2]);
        // January lies behind the end that was known then: the contract was prolonged.
        assert_eq!([10, 11, 12].map(known), [None; 3]);
    }
}
