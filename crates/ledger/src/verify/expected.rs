//! The expected rollups of one organisation, day by day.

use std::collections::BTreeMap;

use exchequer_core::{Day, Meter};

use crate::evaluate::{is_session, revision_on};
use crate::limits::LONGEST_SESSION_DAYS;
use crate::rollup::{self, Contributions, Sections};

/// A day as its events, and the sessions of earlier days, make it.
#[derive(Default)]
pub(super) struct DayExpected {
    pub(super) sections: Sections,
    pub(super) last_seq: u64,
}

/// The contribution of one day's events.
#[derive(Default)]
pub(super) struct Added(BTreeMap<Day, DayExpected>);

impl Added {
    /// Adds what some of the events contribute.
    pub(super) fn add(&mut self, contributions: BTreeMap<Day, Contributions>) {
        for (day, new) in contributions {
            let expected = self.0.entry(day).or_default();
            expected.last_seq = expected.last_seq.max(new.last_seq);
            let old = std::mem::take(&mut expected.sections);
            expected.sections = rollup::merge(old, new.into_sections());
        }
    }
}

/// Days that are not compared yet: only those within reach of a session of the
/// current day, as earlier ones have been taken.
#[derive(Default)]
pub(super) struct Expected {
    days: BTreeMap<Day, DayExpected>,
    /// The highest seq of each day that can still reach into the next one.
    last_seqs: BTreeMap<Day, u64>,
    /// The last day on which the sessions of a meter, by its number, cannot
    /// be told: a day before it is stale.
    stale: BTreeMap<u32, Day>,
    /// The first day that is unknown for all meters: segments of a day before it cannot
    /// be read.
    unread: Option<Day>,
}

fn reached_from(day: Day) -> Day {
    Day::from_number(day.number().saturating_add(LONGEST_SESSION_DAYS))
}

impl Expected {
    /// Adds what the events of a day contribute to it and to later days.
    pub(super) fn add(&mut self, added: Added) {
        for (day, new) in added.0 {
            let expected = self.days.entry(day).or_default();
            expected.last_seq = expected.last_seq.max(new.last_seq);
            let old = std::mem::take(&mut expected.sections);
            expected.sections = rollup::merge(old, new.sections);
        }
    }

    /// Notes that an event of the day has this seq.
    pub(super) fn seen(&mut self, day: Day, seq: u64) {
        let last = self.last_seqs.entry(day).or_default();
        *last = seq.max(*last);
    }

    /// Returns the day's sections, once all earlier days and its own were added.
    pub(super) fn take(&mut self, day: Day) -> DayExpected {
        let first = day.number().saturating_sub(LONGEST_SESSION_DAYS);
        self.last_seqs.retain(|from, _| from.number() >= first);
        // No event touches a day that was not added.
        self.days.remove(&day).unwrap_or_default()
    }

    /// Returns the later days that are reached so far.
    pub(super) fn reached(&self) -> impl Iterator<Item = Day> {
        self.days.keys().copied()
    }

    /// Returns the highest seq among events that can touch the day.
    pub(super) fn highest_seq(&self) -> u64 {
        // Without an event it is 0, below every seq.
        self.last_seqs.values().max().copied().unwrap_or(0)
    }

    /// Returns the highest seq among the events of the day itself.
    pub(super) fn own_seq(&self, day: Day) -> u64 {
        self.last_seqs.get(&day).copied().unwrap_or(0)
    }

    /// Returns whether all events were read that can touch the day.
    pub(super) fn all_read(&self, day: Day) -> bool {
        self.unread < Some(day)
    }

    /// Returns whether the day's part of a meter follows from what was added. The
    /// part of a row that is older than the meter counts nowhere.
    pub(super) fn is_certain(&self, meter: &Meter, day: Day, row_revision: u64) -> bool {
        let sessions_told = || {
            let stale = self.stale.get(&meter.number);
            self.all_read(day) && stale.is_none_or(|last| *last < day)
        };
        revision_on(meter, day) <= row_revision && (!is_session(meter) || sessions_told())
    }

    /// Returns whether all sessions that can reach into the day are certain.
    pub(super) fn all_certain(&self, day: Day) -> bool {
        self.all_read(day) && self.stale.values().all(|last| *last < day)
    }

    /// Notes that some events of the day could not be read.
    pub(super) fn unread(&mut self, day: Day) {
        self.unread = Some(reached_from(day));
    }

    /// Notes that the day, which has events, is stale for a meter.
    pub(super) fn stale(&mut self, meter: &Meter, day: Day) {
        if is_session(meter) {
            self.stale.insert(meter.number, reached_from(day));
        }
    }
}
