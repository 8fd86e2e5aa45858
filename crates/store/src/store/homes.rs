//! In which partition clients are, so that their tokens are found by one
//! statement.

use std::sync::{Mutex, PoisonError};

use exchequer_ledger::Partition;
use lru::LruCache;

use crate::catalog::ClientId;
use crate::limits::REMEMBERED_CLIENTS;

/// The partition of each client that was asked for lately. It may be a former
/// one, so what is not found there is looked for again.
pub(super) struct ClientHomes(Mutex<LruCache<ClientId, Partition>>);

impl Default for ClientHomes {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED_CLIENTS)))
    }
}

impl ClientHomes {
    pub(super) fn get(&self, client: ClientId) -> Option<Partition> {
        self.lock().get(&client).copied()
    }

    pub(super) fn put(&self, client: ClientId, partition: Partition) {
        self.lock().put(client, partition);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<ClientId, Partition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
