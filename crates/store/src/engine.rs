//! The two databases, as the threads of the ledger reach them.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::postgres::Postgres;
use crate::sql::{Snapshot, Transaction};
use crate::sqlite::{Readers, in_transaction};

/// Snapshots; clones share the connections.
#[derive(Clone)]
pub(crate) enum Snapshots {
    Sqlite(Readers),
    Postgres(Postgres),
}

impl Snapshots {
    /// Runs `work` on one snapshot.
    pub(crate) fn take<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(readers) => readers.snapshot(work),
            Self::Postgres(postgres) => postgres.snapshot(work),
        }
    }

    /// Reads without a transaction if a single statement is enough; `work` may be run twice.
    pub(crate) fn read_one<T>(
        &self,
        work: impl Fn(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(readers) => readers.snapshot(work),
            Self::Postgres(postgres) => postgres.read_one(work),
        }
    }
}

/// Transactions of the writer.
pub(crate) enum Transactions {
    /// The only connection that writes.
    Sqlite(Connection),
    Postgres(Postgres),
}

impl Transactions {
    /// Runs `work` in one transaction, which is committed only if it succeeds.
    pub(crate) fn run<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            Self::Sqlite(connection) => in_transaction(connection, work),
            Self::Postgres(postgres) => postgres.change(work),
        }
    }

    /// Returns the number of rows of a directory that were changed since it was opened.
    pub(crate) fn changed_rows(&self) -> u64 {
        match self {
            Self::Sqlite(connection) => connection.total_changes(),
            Self::Postgres(_) => 0,
        }
    }

    /// Runs `work` on the stored rows, without a change.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self {
            // Nobody else writes, so the connection is as good as a snapshot.
            Self::Sqlite(connection) => work(&Snapshot::sqlite(connection)),
            Self::Postgres(postgres) => postgres.snapshot(work),
        }
    }

    /// Moves the rest of the write-ahead log into the database.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        if let Self::Sqlite(connection) = self {
            connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        }
        Ok(())
    }
}
