//! A comparison under way: what it has found so far.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use exchequer_core::{Day, MeterSet, OrganizationId};

use super::inventory::{Checked, Finding, Inventory, Observer};
use super::tally::Tally;
use crate::identity::key::IdentityKey;
use crate::segment::Segment;

/// The rows that could not be read: what is missing because of them is no second
/// finding.
#[derive(Default)]
pub(super) struct Unread {
    /// Seqs and days of segment parts.
    pub(super) seqs: Vec<RangeInclusive<u64>>,
    pub(super) days: BTreeSet<Day>,
    /// Hashes of pages of identity runs.
    pub(super) hashes: Vec<RangeInclusive<u64>>,
}

/// A comparison under way.
pub(super) struct Check<'a, I: Inventory> {
    pub(super) key: IdentityKey,
    pub(super) meters: &'a MeterSet,
    pub(super) rows: &'a I,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) folded: u64,
    pub(super) last: u64,
    pub(super) checked: Checked,
    pub(super) work: u64,
    pub(super) done: u64,
    /// Folded events by seq, against all seqs up to the folded one.
    pub(super) seqs: Tally,
    /// Folded events by identity, against the identity runs.
    pub(super) identities: Tally,
    pub(super) unread: Unread,
}

impl<I: Inventory> Check<'_, I>
where
    I::Error: Display,
{
    pub(super) fn found(&mut self, place: impl Into<String>, problem: impl Display) {
        self.checked.findings += 1;
        self.observer.found(Finding {
            place: place.into(),
            problem: problem.to_string(),
        });
    }

    /// Returns what was read; an error is a finding.
    pub(super) fn readable<T, E: Display>(
        &mut self,
        place: impl Into<String>,
        read: Result<T, E>,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.found(place, error);
                None
            }
        }
    }

    pub(super) fn advance(&mut self, by: u64) {
        self.done = self.work.min(self.done + by);
        self.observer.progress(self.done, self.work);
    }

    /// Returns a segment part with all its columns; what is wrong with it was found
    /// before.
    pub(super) fn load(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Option<Segment> {
        let row = self.rows.segment(organization, day, part).ok()?;
        Segment::decode(&row.blob, row.data.as_deref()).ok()
    }
}

pub(super) fn place(organization: OrganizationId, day: Day, part: u32) -> String {
    format!("segment {organization}/{day}/{part}")
}

/// Writes a number of things: "1 event", "2 events".
pub(super) fn count(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ if one.ends_with('y') => format!("{number} {}ies", one.trim_end_matches('y')),
        _ => format!("{number} {one}s"),
    }
}
