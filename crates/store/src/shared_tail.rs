//! The acknowledged and unfolded events of a partition, in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exchequer_ledger::{Extent, IdentityKey, Seq, Tail, TailBatch};

use crate::error::StoreError;

/// The tail of a partition, as it was committed here or read from the journal.
pub(crate) struct SharedTail {
    key: IdentityKey,
    tail: Mutex<Tail>,
}

impl SharedTail {
    pub(crate) fn new(key: IdentityKey) -> Self {
        Self {
            key,
            tail: Mutex::default(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `take` with a tail that holds all unfolded events of `extent`, and
    /// maybe more. Batches that are missing in memory are read with `journal`,
    /// which returns those after a seq.
    ///
    /// The lock is not held while the journal is read: a commit needs it too,
    /// and would wait for a reader's database.
    pub(crate) fn at<T>(
        &self,
        extent: &Extent,
        journal: impl Fn(Seq, &IdentityKey) -> Result<Vec<Arc<TailBatch>>, StoreError>,
        take: impl Fn(&Tail) -> T,
    ) -> Result<T, StoreError> {
        let known = {
            let mut tail = self.lock();
            tail.prune(extent.folded);
            if tail.covers(extent) {
                return Ok(take(&tail));
            }
            tail.last()
        };
        // Batches never change, so those that this reader misses are added for
        // all others as well.
        let missing = journal(known, &self.key)?;
        {
            let mut tail = self.lock();
            for batch in &missing {
                // A batch behind a gap is refused, which `covers` then tells:
                // another reader may have pruned or added batches meanwhile.
                tail.push(batch);
            }
            if tail.covers(extent) {
                return Ok(take(&tail));
            }
        }
        // The snapshot is older than a fold that has pruned the shared tail.
        // Its own journal still holds the batches, so it gets a tail for itself.
        let mut own = Tail::new(extent.folded);
        for batch in journal(extent.folded, &self.key)? {
            if !own.push(&batch) {
                return Err(damaged(batch.first, "the journal has a gap"));
            }
        }
        if own.covers(extent) {
            Ok(take(&own))
        } else {
            Err(damaged(extent.last, "the journal ends before it"))
        }
    }
}

fn damaged(seq: Seq, why: &str) -> StoreError {
    StoreError::corrupt(format!("journal {}", seq.number()), why)
}
