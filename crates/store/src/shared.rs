//! The state that the writer, the folder and readers share.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{Directories, IdentityKey, Partition, Partitions};

use crate::alias_cache::AliasCache;
use crate::fault;
use crate::fold_signal::FoldSignal;
use crate::limits::{DIRECTORY_BYTES, FOLD_AT};
use crate::shared_tail::SharedTail;

/// The state that the writer, the folder and readers share.
pub(crate) struct Shared {
    pub(crate) partitions: Partitions,
    tails: Vec<SharedTail>,
    pub(crate) directories: Directories,
    pub(crate) aliases: AliasCache,
    pub(crate) fold: FoldSignal,
    /// Days whose rollups are to be computed again; reads are exact meanwhile.
    stale: Mutex<BTreeSet<(OrganizationId, Day)>>,
    /// Held while rollups are computed and stored, so that a fold and a
    /// re-roll never overwrite one another's.
    rolling: Mutex<()>,
    /// Held while identity runs are merged.
    merging: Mutex<()>,
    /// Unfolded events that are worth a fold.
    pub(crate) fold_at: u64,
}

impl Shared {
    pub(crate) fn new(key: IdentityKey, partitions: Partitions) -> Self {
        Self {
            partitions,
            tails: partitions.all().map(|_| SharedTail::new(key)).collect(),
            directories: Directories::new(DIRECTORY_BYTES),
            aliases: AliasCache::default(),
            fold: FoldSignal::default(),
            stale: Mutex::default(),
            rolling: Mutex::default(),
            merging: Mutex::default(),
            fold_at: fault::or("EXCHEQUER_FAULT_FOLD_AT", FOLD_AT),
        }
    }

    /// Returns the tail of a partition.
    pub(crate) fn tail(&self, partition: Partition) -> &SharedTail {
        &self.tails[partition.number() as usize]
    }

    /// Returns the number of events that are acknowledged and not folded, of
    /// all partitions.
    pub(crate) fn unfolded(&self) -> u64 {
        self.tails.iter().map(|tail| tail.lock().events()).sum()
    }

    /// Locks the merging of identity runs.
    pub(crate) fn merging(&self) -> MutexGuard<'_, ()> {
        self.merging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the set of stale days.
    pub(crate) fn stale(&self) -> MutexGuard<'_, BTreeSet<(OrganizationId, Day)>> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the computing of rollups.
    pub(crate) fn rolling(&self) -> MutexGuard<'_, ()> {
        self.rolling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
