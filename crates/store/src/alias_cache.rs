//! The aliases of organisations as snapshots see them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exchequer_core::{Aliases, OrganizationId};
use lru::LruCache;

use crate::catalog::aliases;
use crate::error::StoreError;
use crate::limits::CACHED_ALIAS_CHANGES;
use crate::sql::Snapshot;

/// The aliases that were read last, of each organisation the newest.
pub(crate) struct AliasCache(Mutex<Kept>);

struct Kept {
    cache: LruCache<OrganizationId, Arc<Aliases>>,
    /// The changes of all that are kept.
    changes: usize,
}

impl Default for AliasCache {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            cache: LruCache::unbounded(),
            changes: 0,
        }))
    }
}

impl AliasCache {
    /// Returns exactly the aliases that a snapshot sees, in which this version is the
    /// latest. `None` is that of an organisation without any.
    pub(crate) fn at(
        &self,
        db: &Snapshot<'_>,
        organization: OrganizationId,
        version: Option<u64>,
    ) -> Result<Arc<Aliases>, StoreError> {
        let Some(version) = version else {
            return Ok(Arc::default());
        };
        let known = self.lock().cache.get(&organization).map(Arc::clone);
        if let Some(known) = known
            && known.version() == version
        {
            return Ok(known);
        }
        // The lock is not held while rows are read: two may read the same, which is harmless.
        let aliases = Arc::new(aliases::load(db, organization, version)?);
        self.lock().keep(organization, &aliases);
        Ok(aliases)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // It is consistent after each of its steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, organization: OrganizationId, aliases: &Arc<Aliases>) {
        let known = self.cache.peek(&organization);
        // An old snapshot leaves the newer one in place.
        if known.is_some_and(|known| known.version() >= aliases.version()) {
            return;
        }
        let old = self.cache.put(organization, Arc::clone(aliases));
        self.changes += aliases.changes();
        self.changes -= old.map_or(0, |old| old.changes());
        while self.changes > CACHED_ALIAS_CHANGES
            && let Some((_, old)) = self.cache.pop_lru()
        {
            self.changes -= old.changes();
        }
    }
}
