//! Acknowledged events that are not folded yet, as readers see them.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::OrganizationId;

use crate::batch::Batch;
use crate::identity::key::Content;

/// Position of an event in its partition: gapless, in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(u64);

impl Seq {
    /// No event is beyond it.
    pub(crate) const END: Self = Self(u64::MAX);

    /// Returns the seq with this number; the first event of a partition has 1.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    pub(crate) const fn plus(self, events: u64) -> Self {
        Self(self.0 + events)
    }
}

/// A committed batch; its rows have consecutive seqs.
pub struct TailBatch {
    /// Seq of the first row.
    pub first: Seq,
    /// The rows.
    pub batch: Batch,
}

impl TailBatch {
    /// Returns the seq of the last row.
    #[must_use]
    pub fn last(&self) -> Seq {
        Seq(self.first.0 + self.batch.len() as u64 - 1)
    }
}

/// One organisation's rows of the tail.
#[derive(Clone, Default)]
pub struct TailSlice {
    pub(crate) parts: Vec<(Arc<TailBatch>, Range<usize>)>,
}

impl TailSlice {
    /// Returns the voids in it: events that void others.
    pub(crate) fn voids(&self) -> impl Iterator<Item = (Content<'_>, Seq)> {
        let some = self.parts.iter();
        // Few batches have a void; the others cost one comparison.
        let some = some.filter(|(batch, _)| !batch.batch.columns.voids.is_empty());
        some.flat_map(|(batch, range)| {
            let events = range.clone().map(|row| {
                let seq = batch.first.plus(row as u64);
                (batch.batch.content(row), seq)
            });
            events.filter(|(event, _)| !event.voids.is_empty())
        })
    }

    /// Keeps only the batches that are unfolded at that extent. Each event is then
    /// counted once: in its rollup if the snapshot has it folded, here if not.
    #[must_use]
    pub fn within(mut self, extent: &Extent) -> Self {
        self.parts.retain(|(batch, _)| extent.has_unfolded(batch));
        self
    }

    /// Keeps only the rows up to a seq.
    #[must_use]
    pub(crate) fn upto(mut self, seq: Seq) -> Self {
        // The rows of a batch have consecutive seqs.
        self.parts.retain_mut(|(batch, rows)| {
            let kept = seq.0.saturating_sub(batch.first.0 - 1);
            rows.end = rows.end.min(kept as usize);
            rows.start < rows.end
        });
        self
    }

    /// Returns the seq of the last row.
    pub(crate) fn last(&self) -> Option<Seq> {
        let (batch, rows) = self.parts.last()?;
        Some(Seq(batch.first.0 + rows.end.checked_sub(1)? as u64))
    }
}

/// The extent of a partition, as a snapshot or a transaction sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Every event up to this is in segments, rollups and runs.
    pub folded: Seq,
    /// The last event; those beyond `folded` are in the journal.
    pub last: Seq,
    /// Changes whenever runs come or go.
    pub runs: u64,
    /// Changes whenever days are rolled up again.
    pub rollups: u64,
}

impl Extent {
    /// Returns whether a fold or re-roll that was computed at this extent may be
    /// stored at the other one: no other was stored between the two.
    #[must_use]
    pub fn may_store_at(&self, there: &Self) -> bool {
        (self.folded, self.rollups) == (there.folded, there.rollups)
    }

    /// Returns whether a snapshot of this extent sees the batch unfolded. A fold
    /// takes whole batches, so one is folded entirely or not at all.
    fn has_unfolded(&self, batch: &TailBatch) -> bool {
        batch.first > self.folded && batch.first <= self.last
    }
}

/// The unfolded batches of a partition that are in memory, without a gap.
/// A journal row never changes, so whoever reads one there may add it for all.
#[derive(Default)]
pub struct Tail {
    folded: Seq,
    last: Seq,
    batches: VecDeque<Arc<TailBatch>>,
    parts: HashMap<OrganizationId, TailSlice>,
    events: u64,
}

impl Tail {
    /// Returns a tail that begins after what is folded.
    #[must_use]
    pub fn new(folded: Seq) -> Self {
        Self {
            folded,
            last: folded,
            ..Self::default()
        }
    }

    /// Adds the next batch. One that it has already changes nothing; one behind a
    /// gap is not added, and the answer is `false`.
    pub fn push(&mut self, batch: &Arc<TailBatch>) -> bool {
        if batch.first <= self.last {
            return true;
        }
        if batch.first != self.last.plus(1) {
            return false;
        }
        self.last = batch.last();
        self.events += batch.batch.len() as u64;
        self.batches.push_back(Arc::clone(batch));
        for (organization, rows) in batch.batch.organizations() {
            let slice = self.parts.entry(organization).or_default();
            slice.parts.push((Arc::clone(batch), rows));
        }
        true
    }

    /// Drops the folded batches.
    pub fn prune(&mut self, folded: Seq) {
        if folded <= self.folded {
            return;
        }
        self.folded = folded;
        // Other nodes may have committed and folded batches that were never here.
        self.last = self.last.max(folded);
        let mut gone = 0;
        while let Some(first) = self.batches.pop_front_if(|batch| batch.first <= folded) {
            gone += first.batch.len() as u64;
        }
        // Most calls drop nothing, and then the slices need no scan.
        if gone > 0 {
            self.parts.retain(|_, slice| {
                slice.parts.retain(|(batch, _)| batch.first > folded);
                !slice.parts.is_empty()
            });
        }
        self.events -= gone;
    }

    /// Returns the last event in it, or the folded seq beyond that.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.last
    }

    /// Returns the number of events in it.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns whether some of its events void others: until they are folded, reads
    /// of their days open segments.
    #[must_use]
    pub fn has_voids(&self) -> bool {
        let mut batches = self.batches.iter();
        batches.any(|batch| !batch.batch.columns.voids.is_empty())
    }

    /// Returns whether it holds all unfolded batches of that extent.
    #[must_use]
    pub fn covers(&self, extent: &Extent) -> bool {
        self.folded <= extent.folded && extent.last <= self.last
    }

    /// Returns the batches beyond a seq, or `None` if some of them were dropped.
    #[must_use]
    pub fn since(&self, seq: Seq) -> Option<Vec<Arc<TailBatch>>> {
        if seq < self.folded {
            return None;
        }
        let known = self.batches.partition_point(|batch| batch.first <= seq);
        Some(self.batches.range(known..).map(Arc::clone).collect())
    }

    /// Returns the batches that are unfolded at that extent.
    #[must_use]
    pub fn unfolded(&self, extent: &Extent) -> Vec<Arc<TailBatch>> {
        let batches = self.batches.iter();
        let within = batches.filter(|batch| extent.has_unfolded(batch));
        within.map(Arc::clone).collect()
    }

    /// Returns the rows of an organisation, as of this moment.
    #[must_use]
    pub fn slice(&self, organization: OrganizationId) -> TailSlice {
        // An organisation without unfolded events has no slice.
        self.parts.get(&organization).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{BatchBuilder, NewEvent};
    use crate::identity::key::IdentityKey;

    const OWNER: OrganizationId = OrganizationId::from_bytes([1; 16]);

    /// Returns a batch of two events, the first of which may void another.
    fn batch(first: u64, voids: &str) -> Arc<TailBatch> {
        let mut builder = BatchBuilder::new();
        for (id, voids) in [("1", voids), ("2", "")] {
            let event = NewEvent {
                source: "/pbx",
                id,
                kind: "call",
                subject: "ada",
                time: exchequer_core::Day::from_number(19_000).start(),
                data: "",
                voids,
            };
            builder.push(OWNER, event);
        }
        Arc::new(TailBatch {
            first: Seq(first),
            batch: builder.build(&IdentityKey::from_bytes([1; 16])),
        })
    }

    fn extent(folded: u64, last: u64) -> Extent {
        Extent {
            folded: Seq(folded),
            last: Seq(last),
            ..Extent::default()
        }
    }

    #[test]
    fn a_tail_has_no_gap() {
        let mut tail = Tail::default();
        assert!(!tail.push(&batch(3, "")));
        assert!(tail.push(&batch(1, "")) && tail.push(&batch(3, "")));
        assert!(tail.push(&batch(1, "")), "it is known");
        assert_eq!((tail.events(), tail.last()), (4, Seq(4)));
        // Others have folded what was never seen here.
        tail.prune(Seq(8));
        assert_eq!((tail.events(), tail.last()), (0, Seq(8)));
        assert!(tail.slice(OWNER).parts.is_empty());
        assert!(tail.push(&batch(9, "")) && tail.events() == 2);
    }

    #[test]
    fn a_snapshot_gets_what_it_sees_and_has_not_folded() {
        let mut tail = Tail::default();
        for first in [1, 3, 5] {
            tail.push(&batch(first, ""));
        }
        let seqs = |tail: &Tail, extent: &Extent| {
            let slice = tail.slice(OWNER).within(extent);
            let parts = slice.parts.iter().map(|(batch, _)| batch.first.0);
            let unfolded = tail.unfolded(extent);
            let parts: Vec<u64> = parts.collect();
            let batches = unfolded.iter().map(|batch| batch.first.0);
            assert_eq!(parts, batches.collect::<Vec<u64>>());
            parts
        };
        assert_eq!(seqs(&tail, &extent(0, 6)), [1, 3, 5]);
        assert_eq!(seqs(&tail, &extent(2, 4)), [3]);
        assert!(tail.covers(&extent(0, 6)) && !tail.covers(&extent(0, 8)));
        tail.prune(Seq(2));
        assert!(!tail.covers(&extent(0, 6)) && tail.covers(&extent(2, 2)));
        let since = |seq: u64| tail.since(Seq(seq)).map(|batches| batches.len());
        assert_eq!(
            [since(0), since(2), since(4), since(6)],
            [None, Some(2), Some(1), Some(0)]
        );
    }

    #[test]
    fn a_void_is_seen_until_it_is_folded() {
        let mut tail = Tail::default();
        tail.push(&batch(1, ""));
        assert!(!tail.has_voids());
        tail.push(&batch(3, "2"));
        assert!(tail.has_voids());
        tail.prune(Seq(4));
        assert!(!tail.has_voids());
    }
}
