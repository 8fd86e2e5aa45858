//! What is acknowledged and not folded, in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use exchequer_ledger::{Extent, IdentityKey, Tail};

use crate::error::StoreError;
use crate::rows::StoredRows;

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

    /// Takes something of a tail that holds all that is unfolded of `extent`,
    /// and maybe more. What is missing is read from the journal of `rows`.
    pub(crate) fn at<T>(
        &self,
        rows: &StoredRows<'_>,
        extent: &Extent,
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
        let missing = rows.journal(known, &self.key)?;
        {
            let mut tail = self.lock();
            // Behind a gap nothing can be added; what is below finds it.
            for batch in &missing {
                tail.push(batch);
            }
            if tail.covers(extent) {
                return Ok(take(&tail));
            }
        }
        // What an old snapshot has not folded may be forgotten here.
        let mut own = Tail::new(extent.folded);
        for batch in rows.journal(extent.folded, &self.key)? {
            if !own.push(&batch) {
                return Err(damaged(&batch.first, "the journal has a gap"));
            }
        }
        if own.covers(extent) {
            Ok(take(&own))
        } else {
            Err(damaged(&extent.last, "the journal ends before it"))
        }
    }
}

fn damaged(seq: &exchequer_ledger::Seq, why: &str) -> StoreError {
    StoreError::corrupt(format!("journal {}", seq.number()), why)
}
