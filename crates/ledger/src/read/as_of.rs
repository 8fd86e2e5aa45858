//! Reads as of a mark: what the events up to a seq say by the rules of a revision.
//!
//! Stored rollups hold what is folded by now. One that holds nothing above the mark, and
//! is made by rules that were those of the read already, is used as it is. Anything else
//! is counted from the events themselves, which keep their seqs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use exchequer_core::{Day, Meter, MeterError, MeterSet};

use crate::tail::{Seq, TailSlice};

/// The point in the order of commits as of which a read counts, and the meters that
/// rollups may count otherwise since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The last event that has a part in the read.
    pub(super) upto: Seq,
    /// By the number of a meter, the first day on which one of its later versions can
    /// matter.
    changed: BTreeMap<u32, Day>,
}

impl Mark {
    /// The end of a snapshot: all of its events count, by its own meters.
    pub const END: Self = Self {
        upto: Seq::END,
        changed: BTreeMap::new(),
    };

    /// Returns the mark of a read that counts the events up to a seq by the meters of a
    /// revision, which [`meters_at`] returns. `current` are those of the snapshot.
    #[must_use]
    pub fn new(upto: Seq, meters: &MeterSet, current: &MeterSet) -> Self {
        let changed = current.meters().iter().filter_map(|meter| {
            let versions = meter.versions.iter();
            let later = versions.filter(|version| version.revision > meters.revision());
            let first = later.map(|version| version.begins).min()?;
            Some((meter.number, first))
        });
        Self {
            upto,
            changed: changed.collect(),
        }
    }

    /// Returns the unfolded events that are not above it.
    pub(super) fn cut<'t>(&self, tail: &'t TailSlice) -> Cow<'t, TailSlice> {
        match tail.last() {
            Some(last) if last > self.upto => Cow::Owned(tail.clone().upto(self.upto)),
            _ => Cow::Borrowed(tail),
        }
    }

    /// Returns whether a row with this highest seq may hold something above it.
    pub(super) fn is_below(&self, last_seq: u64) -> bool {
        last_seq > self.upto.number()
    }

    /// Returns the last seq of a report whose rows and unfolded events have this one.
    pub(super) fn last_seq(&self, seen: u64) -> u64 {
        match self.upto {
            Seq::END => seen,
            upto => upto.number(),
        }
    }

    /// Returns the seqs of the events that count.
    pub(super) fn counted(&self) -> RangeInclusive<u64> {
        0..=self.upto.number()
    }

    /// Returns the seqs of the events that do not count.
    pub(super) fn later(&self) -> RangeInclusive<u64> {
        self.upto.number().saturating_add(1)..=u64::MAX
    }

    /// Returns whether rollups of a day may count a meter by a version that came after
    /// the meters of the read.
    pub(super) fn counts_otherwise(&self, meter: &Meter, day: Day) -> bool {
        let first = self.changed.get(&meter.number);
        first.is_some_and(|first| *first <= day)
    }
}

/// Returns the meters as a revision had them, out of those of a later one. It lacks
/// meters that were deleted in between.
///
/// # Errors
/// If they contradict each other, as valid meters never have.
pub fn meters_at(current: &MeterSet, revision: u64) -> Result<MeterSet, MeterError> {
    let meters = current.meters().iter().filter_map(|meter| {
        let mut meter = meter.clone();
        meter
            .versions
            .retain(|version| version.revision <= revision);
        (!meter.versions.is_empty()).then_some(meter)
    });
    MeterSet::new(meters.collect())
}
