//! The day by which a range is counted: it says which versions of the meters hold.

use crate::period::CalendarError;
use crate::time::{Day, Instant, TimeRange};
use crate::zone::Zone;

#[cfg(test)]
mod tests;

/// A range with its last day.
///
/// A version of a meter begins on a day. It says how a range is counted as a whole (its
/// peak minutes, family and rank) if that day has begun before the range ends, in UTC and in
/// the zone of the contract: so what begins on the 1st never counts the month before, in
/// whichever of the two the month was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MeteredRange {
    /// The range.
    pub range: TimeRange,
    /// The day of its last instant: that of UTC, or that of the contract's zone if it is
    /// earlier.
    pub last_day: Day,
}

impl MeteredRange {
    /// Returns the range of an organisation without a contract at the end of it.
    #[must_use]
    pub fn utc(range: TimeRange) -> Self {
        Self::within(range, None)
    }

    /// Returns the range as a contract's zone cuts its days.
    pub(crate) fn within(range: TimeRange, zone: Option<&Zone>) -> Self {
        let last = last_instant(range);
        let local = zone.map(|zone| zone.shown_at(last).day());
        let last_day = local.map_or(last.day(), |local| local.min(last.day()));
        Self { range, last_day }
    }

    /// Returns true if the last day is not the one of UTC.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.last_day != last_instant(self.range).day()
    }
}

fn last_instant(range: TimeRange) -> Instant {
    // Of an empty range nothing is counted, whatever its day is.
    Instant::from_micros(range.end().micros().saturating_sub(1))
}

/// The zones of an organisation's contracts, each as long as its contract holds.
#[derive(Debug, Clone, Default)]
pub struct ContractZones(Vec<ZoneTerm>);

#[derive(Debug, Clone)]
struct ZoneTerm {
    starts: Instant,
    ends: Option<Instant>,
    zone: Zone,
}

impl ContractZones {
    /// Adds the zone of a contract, which holds from one instant up to another.
    ///
    /// # Errors
    /// If the zone is unknown.
    pub fn add(
        &mut self,
        starts: Instant,
        ends: Option<Instant>,
        zone: &str,
    ) -> Result<(), CalendarError> {
        let zone = Zone::named(zone)?;
        self.0.push(ZoneTerm { starts, ends, zone });
        Ok(())
    }

    /// Returns a range with its last day: by the contract that holds at its last instant.
    #[must_use]
    pub fn metered(&self, range: TimeRange) -> MeteredRange {
        let last = last_instant(range);
        let holds =
            |term: &&ZoneTerm| term.starts <= last && term.ends.is_none_or(|ends| last < ends);
        let zone = self.0.iter().find(holds).map(|term| &term.zone);
        MeteredRange::within(range, zone)
    }

    /// Returns the zone of the contract that is in force at the end of a range, or of the
    /// last one that began before. UTC without one.
    #[must_use]
    pub fn at_end_of(&self, range: TimeRange) -> Zone {
        let last = last_instant(range);
        let begun = self.0.iter().filter(|term| term.starts <= last);
        let latest = begun.max_by_key(|term| term.starts);
        latest.map_or_else(Zone::utc, |term| term.zone.clone())
    }
}
