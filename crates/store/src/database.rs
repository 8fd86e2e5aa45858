//! The SQLite files: connections, migrations, one writer, many readers.
//!
//! Every write goes through one thread that owns the only writing connection,
//! so a transaction never waits for another one's lock. Readers take a
//! connection from a pool and see one snapshot each.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::queue::Queue;

const FILE: &str = "exchequer.db";
const LOCK: &str = "exchequer.lock";

/// 8 KiB pages: blobs of tens of kilobytes span few pages, and a small row
/// does not rewrite a large one.
const PAGE_SIZE: u32 = 8192;

const MIGRATIONS: &[(&str, &str)] = &[
    (
        "0001_ledger",
        include_str!("../migrations/sqlite/0001_ledger.sql"),
    ),
    (
        "0002_catalogue",
        include_str!("../migrations/sqlite/0002_catalogue.sql"),
    ),
    (
        "0003_contracts",
        include_str!("../migrations/sqlite/0003_contracts.sql"),
    ),
];

/// Access to the database: snapshots to read, transactions to write.
#[derive(Clone)]
pub struct Database {
    readers: Readers,
    queue: Queue,
}

impl Database {
    pub(crate) fn new(readers: Readers, queue: Queue) -> Self {
        Self { readers, queue }
    }

    /// Runs `work` in one read transaction, hence on one snapshot, on a
    /// blocking thread.
    ///
    /// # Errors
    /// What `work` returns, or that the database cannot be opened.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let readers = self.readers.clone();
        tokio::task::spawn_blocking(move || readers.snapshot(work))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Runs `work` in one transaction on the writer thread. When this returns
    /// `Ok`, the changes are durable; when it returns an error, nothing of
    /// them is kept.
    ///
    /// # Errors
    /// What `work` returns, or why the transaction could not be committed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, result) = oneshot::channel();
        self.queue.step(Box::new(move |writer| {
            // The caller may have gone away; the change holds all the same.
            let _ = answer.send(in_transaction(&mut writer.connection, work));
        }))?;
        result.await.map_err(|_| StoreError::Closed)?
    }
}

/// Runs `work` in an immediate transaction, committing only if it succeeds.
pub(crate) fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// A pool of reading connections; it grows with the readers at work.
#[derive(Clone)]
pub(crate) struct Readers {
    path: Arc<PathBuf>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            path: Arc::new(directory.join(FILE)),
            idle: Arc::default(),
        }
    }

    /// Runs `work` on one snapshot.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with(|connection| work(&*connection.transaction()?))
    }

    /// Runs `work` on a connection, each statement on a snapshot of its own:
    /// for long work on rows that nobody else changes, which must not keep
    /// the write-ahead log from being reused.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        const KEPT: usize = 8;
        let idle = self.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let result = work(&mut connection);
        let mut idle = self.lock();
        if idle.len() < KEPT {
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
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Plans must not depend on bound values: otherwise SQLite prepares every
    // statement with a range of days anew, each time it runs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // The system caches the file as well; many readers need little of their own.
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Whether a directory holds a ledger. Asked before the lock is taken, which
/// would leave its file behind where there is none.
pub(crate) fn must_exist(directory: &Path) -> Result<(), StoreError> {
    if directory.join(FILE).exists() {
        return Ok(());
    }
    let why = "holds no ledger; run `exchequer init` first";
    let what = format!("{} {why}", directory.display());
    Err(StoreError::Unavailable(what))
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

/// Takes the lock of a data directory; it is held while the file is open.
pub(crate) fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let unavailable = |why: String| StoreError::Unavailable(format!("{}: {why}", path.display()));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| unavailable(error.to_string()))?;
    file.try_lock()
        .map_err(|_| unavailable("another process serves this data directory".to_owned()))?;
    Ok(file)
}

/// Brings the schema up to date, one transaction a migration.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY NOT NULL) STRICT",
    )?;
    let done: Vec<String> = connection
        .prepare("SELECT name FROM migration ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if let Some(newer) = done
        .iter()
        .find(|name| MIGRATIONS.iter().all(|(m, _)| m != name))
    {
        return Err(StoreError::Unavailable(format!(
            "the database was migrated by a newer version ({newer})"
        )));
    }
    for (name, sql) in MIGRATIONS
        .iter()
        .filter(|(m, _)| done.iter().all(|d| d != m))
    {
        in_transaction(connection, |transaction| {
            transaction.execute_batch(sql)?;
            transaction.execute("INSERT INTO migration (name) VALUES ($1)", [name])?;
            Ok(())
        })?;
    }
    Ok(())
}
