//! Folding the unfolded events of partitions.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use exchequer_ledger::{Extent, FoldJob, FoldWrites, Partition, SegmentWrite, fold};

use super::Folder;
use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::meters;
use crate::prefetch::FoldRows;
use crate::rows::{StoredRows, unfolded};

/// A fold that is not stored yet.
struct Computed {
    writes: FoldWrites,
    /// The extent of the snapshot that it was computed from.
    extent: Extent,
    /// The revision of the meters that it was computed with.
    revision: u64,
}

impl Folder {
    /// Folds the partitions that are worth it if so many events are unfolded;
    /// otherwise those with corrections.
    pub(crate) fn fold_if(&self, worth: u64) -> Result<(), StoreError> {
        let _alone = self.shared.rolling();
        let folded = self
            .worth_folding(worth)
            .and_then(|queue| self.fold_all(queue));
        // An empty step wakes a writer that waits with a full tail: the tail may
        // be shorter even if the fold failed here, because the fold was stored
        // though it seemed to fail, or because another node has made it.
        let told = self.step(|_| Ok(()));
        folded.and(told)
    }

    /// Returns the partitions to fold, by the extents in the database. Events
    /// that other nodes have folded leave memory.
    fn worth_folding(&self, worth: u64) -> Result<VecDeque<Partition>, StoreError> {
        let extents = self.snapshots.take(StoredRows::extents)?;
        let mut all = 0;
        for (_, extent) in &extents {
            all += unfolded(extent)?;
        }
        // A partition with half of its share is folded along with the others: it
        // would be worth a fold of its own soon.
        let least = (worth / u64::from(self.shared.partitions.count()) / 2).max(1);
        let mut queue = VecDeque::new();
        for partition in self.shared.partitions.all() {
            let extent = extents.iter().find(|(of, _)| *of == partition.number());
            let (_, extent) = extent.ok_or_else(|| {
                let what = format!("ledger {}", partition.number());
                StoreError::corrupt(what, "it is missing")
            })?;
            let mut tail = self.shared.tail(partition).lock();
            tail.prune(extent.folded);
            let many = all >= worth && unfolded(extent)? >= least;
            // Readers open the segments of a corrected day until the correction
            // is folded, so few of them are worth a fold.
            if many || tail.has_voids() {
                queue.push_back(partition);
            }
        }
        Ok(queue)
    }

    /// Folds these partitions. A failure in one does not keep the others.
    fn fold_all(&self, mut queue: VecDeque<Partition>) -> Result<(), StoreError> {
        // Nodes begin at different places. A node that finds another one at a
        // partition goes elsewhere, and comes back to it at the end.
        let anywhere = RandomState::new().hash_one(()) as usize;
        let begin = anywhere % queue.len().max(1);
        queue.rotate_left(begin);
        let mut outcome = Ok(());
        while let Some(partition) = queue.pop_front() {
            match self.try_fold(partition) {
                Ok(true) => {}
                // Overtaken, so another node is probably working its way through
                // the next partitions too: jump over half of the queue.
                Ok(false) => {
                    queue.rotate_left(queue.len() / 2);
                    queue.push_back(partition);
                }
                // Nobody takes any step any more.
                Err(StoreError::Closed) => return Err(StoreError::Closed),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }

    /// Folds the unfolded events of a partition. Returns `false` if another
    /// fold, a re-roll or a change of meters has overtaken it.
    fn try_fold(&self, partition: Partition) -> Result<bool, StoreError> {
        match self.compute(partition)? {
            Some(computed) => self.store(partition, computed),
            None => Ok(true),
        }
    }

    /// Computes a fold of all unfolded events, if there are any.
    fn compute(&self, partition: Partition) -> Result<Option<Computed>, StoreError> {
        self.snapshots.take(|db| {
            let rows = StoredRows::new(*db, partition);
            let extent = rows.extent()?;
            let batches = self.shared.tail(partition).at(
                &extent,
                |after, key| rows.journal(after, key),
                |tail| tail.unfolded(&extent),
            )?;
            let Some(job) = FoldJob::new(batches) else {
                return Ok(None);
            };
            fault::point("fold.begun")?;
            let meters = self.meters.current(db)?;
            let directories = &self.shared.directories;
            let writes = match &self.snapshots {
                Snapshots::Sqlite(_) => fold(&job, &meters, directories, &rows)?,
                Snapshots::Postgres(_) => {
                    let prefetched = FoldRows::read(rows, &job.days())?;
                    fold(&job, &meters, directories, &prefetched)?
                }
            };
            Ok(Some(Computed {
                writes,
                extent,
                revision: meters.revision(),
            }))
        })
    }

    /// Stores a fold, unless something that it was computed from has changed.
    ///
    /// No lock is held while a fold is computed, so it is stored by compare and
    /// set: only if folded seq, rollups and meters are still those of its
    /// snapshot. New events do not matter, they stay unfolded. A fold with older
    /// meters would hide what readers already count of its events in the tail.
    fn store(&self, partition: Partition, computed: Computed) -> Result<bool, StoreError> {
        fault::point("fold.computed")?;
        let Computed {
            mut writes,
            extent,
            revision,
        } = computed;
        let (meters, shared) = (Arc::clone(&self.meters), Arc::clone(&self.shared));
        // Before the transaction, because it may be durable and seem to fail:
        // a day that is stale in memory alone costs one read, one that is
        // stale in the database alone would stay slow until a restart.
        let corrected = writes.voids.iter();
        let corrected = corrected.map(|(organization, row)| (*organization, row.day));
        shared.stale().extend(corrected);
        let (upto, meta) = (writes.upto, writes.run.take());
        let size = |segment: &SegmentWrite| segment.blob.len() + segment.data.len();
        let bytes = writes.segments.iter().map(size).sum();
        let entries = meta.as_ref().map(|meta| meta.entries);
        self.change(
            bytes,
            ["fold.written", "fold.durable"],
            move |tx| {
                // Locked first: a change of meters must not slip in between the
                // comparison and the commit.
                meters::hold(tx)?;
                if meters.current(tx)?.revision() != revision {
                    return Ok(None);
                }
                apply::fold(tx, partition, &writes, entries, &extent)
            },
            move |writer, run| {
                let Some(run) = run else {
                    return Ok(false);
                };
                let meta = meta.map(|mut meta| {
                    meta.run = run;
                    meta
                });
                writer.catch_up(partition, meta)?;
                // Readers meet the folded events in both places until the tail
                // is pruned. None counts them twice: each cuts the tail at the
                // folded seq of its own snapshot.
                let _ = fault::point("fold.learnt");
                shared.tail(partition).lock().prune(upto);
                Ok(true)
            },
        )
    }
}
