//! Acknowledged events that are not folded yet, as readers see them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::OrganizationId;

use crate::batch::Batch;

/// Position of an event in its partition: gapless, in the order of commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(u64);

impl Seq {
    /// The seq with this number; the first event of a partition has 1.
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
    /// Seq of the last row.
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
    /// Only what the snapshot has not folded.
    #[must_use]
    pub fn beyond(mut self, folded: Seq) -> Self {
        // A fold takes whole batches, so one is folded entirely or not at all.
        self.parts.retain(|(batch, _)| batch.first > folded);
        self
    }
}

/// The tail of a partition, by organisation.
#[derive(Default)]
pub struct Tail {
    parts: HashMap<OrganizationId, TailSlice>,
    events: u64,
}

impl Tail {
    /// Publishes a committed batch.
    pub fn push(&mut self, batch: &Arc<TailBatch>) {
        self.events += batch.batch.len() as u64;
        for (organization, rows) in batch.batch.organizations() {
            let slice = self.parts.entry(organization).or_default();
            slice.parts.push((Arc::clone(batch), rows));
        }
    }

    /// Forgets what was folded.
    pub fn prune(&mut self, folded: Seq) {
        let mut gone = 0;
        self.parts.retain(|_, slice| {
            slice.parts.retain(|(batch, rows)| {
                let stays = batch.first > folded;
                gone += if stays { 0 } else { rows.len() as u64 };
                stays
            });
            !slice.parts.is_empty()
        });
        self.events -= gone;
    }

    /// Number of events in it.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What the tail holds of an organisation at this moment.
    #[must_use]
    pub fn slice(&self, organization: OrganizationId) -> TailSlice {
        self.parts.get(&organization).cloned().unwrap_or_default()
    }
}
