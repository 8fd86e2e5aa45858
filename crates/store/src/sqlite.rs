//! The SQLite files: connections, one writer, many readers.
//!
//! Every write goes through one thread that owns the only writing connection,
//! so a transaction never waits for another one's lock. Readers take a
//! connection from a pool and see one snapshot each.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use exchequer_ledger::Partitions;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{Cause, StoreError};
use crate::limits::{BUSY_TIMEOUT, IDLE_READERS};
use crate::migrations;
use crate::sql::{Snapshot, Transaction};

const FILE: &str = "exchequer.db";
const LOCK: &str = "exchequer.lock";

/// 8 KiB pages: blobs of tens of kilobytes span few pages, and a small row
/// does not rewrite a large one.
pub(crate) const PAGE_SIZE: u32 = 8192;

/// Runs `work` in an immediate transaction, committing only if it succeeds.
pub(crate) fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&Transaction::sqlite(&transaction))?;
    transaction.commit()?;
    Ok(value)
}

/// A pool of reading connections; it grows with the readers at work.
#[derive(Clone)]
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
    partitions: Arc<OnceLock<Partitions>>,
}

impl Readers {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            path: Arc::new(directory.join(FILE)),
            idle: Arc::default(),
            partitions: Arc::default(),
        }
    }

    /// Runs `work` on one snapshot.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let partitions = &self.partitions;
        self.with(|connection| work(&Snapshot::pooled(&*connection.transaction()?, partitions)))
    }

    /// Runs `work` on a connection, each statement on a snapshot of its own:
    /// for long work on rows that nobody else changes, which must not keep
    /// the write-ahead log from being reused.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let result = work(&mut connection);
        let mut idle = self.lock();
        if idle.len() < IDLE_READERS {
            idle.push(connection);
        }
        result
    }

    /// Moves what it can of the write-ahead log into the database, beside
    /// the writer.
    pub(crate) fn checkpoint(&self) -> Result<(), StoreError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Plans must not depend on bound values: otherwise SQLite prepares every
    // statement with a range of days again, each time it runs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The system caches the file as well; many readers need little of their own.
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Checks that a directory holds a ledger. Asked before the lock is taken, which
/// would leave its file behind where there is none.
pub(crate) fn must_exist(directory: &Path) -> Result<(), StoreError> {
    if directory.join(FILE).exists() {
        return Ok(());
    }
    let why = "holds no ledger; run `exchequer init` first";
    let what = format!("{} {why}", directory.display());
    Err(StoreError::unavailable(what))
}

/// Opens the writing connection of a data directory, created or not.
pub(crate) fn open_writer(directory: &Path, create: bool) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = open(&directory.join(FILE), flags)?;
    connection.pragma_update(None, "cache_size", -16384)?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints run on a thread of their own, off the acknowledgement path.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Opens a data directory to read, beside whoever serves it.
pub(crate) fn open_reader(directory: &Path) -> Result<Connection, StoreError> {
    must_exist(directory)?;
    let connection = open(&directory.join(FILE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    migrations::none_missing(&Snapshot::sqlite(&connection))?;
    Ok(connection)
}

/// Takes the lock of a data directory; it is held while the file is open.
pub(crate) fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let about = || path.display().to_string();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::unavailable(Cause::about(about(), error)))?;
    file.try_lock().map_err(|_| {
        let why = "another process serves this data directory";
        StoreError::unavailable(format!("{}: {why}", about()))
    })?;
    Ok(file)
}

/// Brings the schema up to date, one transaction a migration.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    Transaction::sqlite(connection)
        .script("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY NOT NULL) STRICT")?;
    for migration in migrations::missing(&Snapshot::sqlite(connection))? {
        in_transaction(connection, |tx| migration.apply(tx, migration.sqlite))?;
    }
    Ok(())
}
