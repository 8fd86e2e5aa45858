//! The state of the writer, which steps of other threads get as a whole.

use std::sync::Arc;

use exchequer_ledger::{IdentityKey, Partition, RunMeta};

use super::identities::Identities;
use crate::engine::Transactions;
use crate::error::StoreError;
use crate::fault;
use crate::limits::CHECKPOINT_AT;
use crate::rows::StoredRows;
use crate::shared::Shared;

/// The state of the writer.
pub(crate) struct WriterState {
    pub(crate) transactions: Transactions,
    pub(super) shared: Arc<Shared>,
    pub(super) identities: Identities,
    uncheckpointed: u64,
    checkpoint_at: u64,
}

impl WriterState {
    pub(crate) fn new(transactions: Transactions, key: IdentityKey, shared: Arc<Shared>) -> Self {
        Self {
            transactions,
            identities: Identities::new(key, Arc::clone(&shared)),
            shared,
            uncheckpointed: 0,
            checkpoint_at: fault::or("EXCHEQUER_FAULT_CHECKPOINT_AT", CHECKPOINT_AT),
        }
    }

    /// Learns the stored identities of a partition; `made` is a run that this
    /// process has just stored, with the filter in memory.
    pub(crate) fn catch_up(
        &mut self,
        partition: Partition,
        made: Option<RunMeta>,
    ) -> Result<(), StoreError> {
        self.transactions.read(|db| {
            let rows = StoredRows::new(*db, partition);
            self.identities.catch_up(&rows, &rows.extent()?, made)
        })
    }

    /// Counts bytes towards the next checkpoint.
    pub(crate) fn count_written(&mut self, bytes: usize) {
        self.uncheckpointed += bytes as u64;
    }

    /// Asks the folder for a checkpoint once enough was written. The writer
    /// makes none itself: it would have to wait until 32 MiB are moved and
    /// synced, and with it every request that waits for its acknowledgement.
    pub(super) fn request_checkpoint(&mut self) {
        if self.uncheckpointed >= self.checkpoint_at {
            self.uncheckpointed = 0;
            self.shared.fold.checkpoint();
        }
    }
}
