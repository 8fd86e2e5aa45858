//! The meters as a snapshot sees them.

use std::sync::{Arc, Mutex, PoisonError};

use exchequer_core::MeterSet;

use crate::catalog;
use crate::error::StoreError;
use crate::sql::{Snapshot, Transaction, params};

/// Keeps others from changing meters until the transaction ends. In a data
/// directory nobody could: there is one writer.
pub(crate) fn hold(tx: &Transaction<'_>) -> Result<(), StoreError> {
    if !tx.is_shared() {
        return Ok(());
    }
    tx.script("SELECT value FROM counter WHERE name = 'meter_revision' FOR SHARE")
}

/// The meter set that was read last, with the revision that it was read at.
#[derive(Default)]
pub(crate) struct Meters {
    read: Mutex<(i64, Arc<MeterSet>)>,
}

impl Meters {
    /// Returns the set that was read last.
    pub(crate) fn latest(&self) -> Arc<MeterSet> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&read.1)
    }

    /// Returns whether the set that was read last is of this revision.
    pub(crate) fn knows(&self, revision: i64) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.0 == revision
    }

    /// Returns exactly the set that the snapshot sees.
    pub(crate) fn current(&self, db: &Snapshot<'_>) -> Result<Arc<MeterSet>, StoreError> {
        let query = "SELECT value FROM counter WHERE name = 'meter_revision'";
        let revision = db.one(query, params![], |row| row.get(0))?;
        self.at(db, revision)
    }

    /// Returns the set of a snapshot that sees this revision.
    pub(crate) fn at(&self, db: &Snapshot<'_>, revision: i64) -> Result<Arc<MeterSet>, StoreError> {
        {
            let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if read.0 == revision {
                return Ok(Arc::clone(&read.1));
            }
        }
        let set = Arc::new(catalog::meters::load(db)?);
        // An old snapshot gets its own set, and leaves the newer one in place.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.0 < revision {
            *read = (revision, Arc::clone(&set));
        }
        Ok(set)
    }
}
