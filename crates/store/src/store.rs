//! The store as the server uses it.

mod evidence;
mod looks;
mod nodes;
mod usage;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use exchequer_core::{Instant, MeterSet};
use exchequer_ledger::{Directories, IdentityKey, Partitions, Request, Verdict};
use tokio::sync::{Semaphore, oneshot};

use crate::database::{Database, blocking};
use crate::engine::{Snapshots, Transactions};
use crate::error::{Cause, StoreError};
use crate::folder::Folder;
use crate::location::Location;
use crate::meters::Meters;
use crate::postgres::Postgres;
use crate::queue::{Queue, Submission};
use crate::settings;
use crate::sql::Sql;
use crate::sqlite::{self, Readers, in_transaction};
use crate::writer::{Shared, Writer};

const DIRECTORY_BUDGET: usize = 48 << 20;
/// Connections that only the writer uses, and only the folder: what it does on
/// request, as in tests, may come beside its own work.
const WRITER_CONNECTIONS: u32 = 1;
const FOLDER_CONNECTIONS: u32 = 2;
/// Reports that are made at once.
const REPORTS: usize = 16;
/// Of a ledger in PostgreSQL. Requests that mix organisations take longer the
/// more there are: see ARCHITECTURE.md.
pub(crate) const PARTITIONS: u32 = 16;

pub use evidence::{EventQuery, StoredEvents};
pub use usage::{PeriodUsage, Prepared, UsageKey};

/// An open ledger. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    readers: Snapshots,
    /// What the threads work with, for what is done beside them.
    folder: Folder,
    key: IdentityKey,
    /// Turns to make a report: each holds what it is made from.
    reports: Arc<Semaphore>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Of a directory; held as long as the store is open.
    _lock: Option<File>,
}

/// What is wanted of a ledger that may be a copy under way.
#[derive(Clone, Copy)]
enum Copy {
    Complete,
    GoesOn,
}

impl Copy {
    fn check(self, readers: &Snapshots) -> Result<(), StoreError> {
        if let Self::Complete = self
            && readers.take(settings::copied)?.is_some()
        {
            let why = "`exchequer migrate` into it is not finished; run it again";
            return Err(StoreError::unavailable(why));
        }
        Ok(())
    }
}

/// Figures of the store for metrics.
#[derive(Debug, Clone, Copy)]
pub struct Statistics {
    /// Events that are acknowledged but not folded.
    pub tail_events: u64,
    /// Bytes of events that wait for their commit.
    pub queue_bytes: usize,
}

impl Store {
    /// Makes a ledger: in a directory, which is created if need be, or in a
    /// database that is there. `secret` is random; it keys the hashes of
    /// identities for ever.
    ///
    /// # Errors
    /// There is a ledger already, or it cannot be written.
    pub fn create(at: impl Into<Location>, secret: [u8; 16]) -> Result<(), StoreError> {
        let at = at.into();
        // A directory has a single writer, for which one is best.
        let partitions = match at {
            Location::Directory(_) => Partitions::ONE,
            Location::Postgres(_) => Partitions::new(PARTITIONS),
        };
        Self::create_partitioned(at, secret, partitions)
    }

    /// As [`Store::create`], of so many partitions: what is committed and
    /// folded at once by several nodes.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub fn create_partitioned(
        at: impl Into<Location>,
        secret: [u8; 16],
        partitions: Partitions,
    ) -> Result<(), StoreError> {
        let at = at.into();
        let fix = |tx: &Sql<'_>| {
            // Without a key an earlier `init` was cut short: go on with it.
            if settings::secret(tx)?.is_some() {
                return Err(StoreError::Conflict(format!("{at} holds a ledger already")));
            }
            settings::fix(tx, secret, partitions)
        };
        match &at {
            Location::Directory(directory) => {
                std::fs::create_dir_all(directory).map_err(|error| {
                    StoreError::unavailable(Cause::about(at.to_string(), error))
                })?;
                let _lock = sqlite::lock(directory)?;
                let mut connection = sqlite::open_writer(directory, true)?;
                sqlite::migrate(&mut connection)?;
                in_transaction(&mut connection, fix)
            }
            Location::Postgres(server) => apart(|| Postgres::open(server)?.serialized(fix)),
        }
    }

    /// Opens a ledger and starts its threads.
    ///
    /// # Errors
    /// There is none, it cannot be read, another process has the directory
    /// open, or it is a copy that is not complete.
    pub fn open(at: impl Into<Location>) -> Result<Self, StoreError> {
        Self::open_as(&at.into(), Copy::Complete)
    }

    /// As [`Store::open`], for the copy that goes on.
    pub(crate) fn resume(at: &Location) -> Result<Self, StoreError> {
        Self::open_as(at, Copy::GoesOn)
    }

    fn open_as(at: &Location, copy: Copy) -> Result<Self, StoreError> {
        match at {
            Location::Directory(directory) => {
                sqlite::must_exist(directory)?;
                let lock = sqlite::lock(directory)?;
                let mut connection = sqlite::open_writer(directory, false)?;
                sqlite::migrate(&mut connection)?;
                let readers = Snapshots::Sqlite(Readers::new(directory));
                let writer = Transactions::Sqlite(connection);
                copy.check(&readers)?;
                Self::start(readers.clone(), readers, writer, Some(lock))
            }
            Location::Postgres(server) => apart(|| {
                let postgres = Postgres::open(server)?;
                // However many read, these need not wait for a connection.
                let folder = Snapshots::Postgres(postgres.dedicated(FOLDER_CONNECTIONS));
                let writer = Transactions::Postgres(postgres.dedicated(WRITER_CONNECTIONS));
                let readers = Snapshots::Postgres(postgres);
                copy.check(&readers)?;
                Self::start(readers, folder, writer, None)
            }),
        }
    }

    fn start(
        readers: Snapshots,
        snapshots: Snapshots,
        transactions: Transactions,
        lock: Option<File>,
    ) -> Result<Self, StoreError> {
        let meters = Arc::new(Meters::default());
        let (key, partitions) = readers.take(|sql| {
            meters.current(sql)?;
            Ok((settings::identity_key(sql)?, settings::partitions(sql)?))
        })?;
        let queue = Queue::default();
        let directories = Directories::new(DIRECTORY_BUDGET);
        let shared = Arc::new(Shared::new(key, partitions, directories));
        let mut writer = Writer::new(transactions, key, Arc::clone(&shared));
        // A node learns of a partition when it is asked for it.
        if let Snapshots::Sqlite(_) = readers {
            for partition in partitions.all() {
                writer.catch_up(partition, None)?;
            }
        }
        let folder = Folder {
            snapshots,
            queue: queue.clone(),
            shared,
            meters,
        };
        // A change of meters may have been cut short by a crash.
        folder.shared.fold.reroll();
        let (writing, folding) = (queue.clone(), folder.clone());
        let threads = vec![
            spawn("ledger-folder", move || folding.run())?,
            spawn("ledger-writer", move || writer.run(&writing))?,
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                database: Database::new(readers.clone(), queue),
                readers,
                folder,
                key,
                reports: Arc::new(Semaphore::new(REPORTS)),
                threads: Mutex::new(threads),
                _lock: lock,
            }),
        })
    }

    /// Snapshots and transactions for everything but usage.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The key with which batches are built.
    #[must_use]
    pub fn identity_key(&self) -> IdentityKey {
        self.inner.key
    }

    /// The meters as they were read last; see [`Store::reload_meters`].
    #[must_use]
    pub fn meters(&self) -> Arc<MeterSet> {
        self.inner.folder.meters.latest()
    }

    /// Reads the meters anew, after they were changed, and has the rollups
    /// that they concern made anew in the background.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn reload_meters(&self) -> Result<(), StoreError> {
        let meters = Arc::clone(&self.inner.folder.meters);
        self.database()
            .read(move |sql| meters.current(sql).map(drop))
            .await?;
        self.inner.folder.shared.fold.reroll();
        Ok(())
    }

    /// How many partitions the ledger has; requests are built with it.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        self.inner.folder.shared.partitions
    }

    /// Keeps the events of a request, together or not at all, and says what
    /// became of each, in the order in which they were pushed. When this
    /// returns, everything that it says is durable.
    ///
    /// # Errors
    /// [`StoreError::QueueFull`]: try again in a moment. Anything else: the
    /// events may or may not be kept; sending them again is harmless.
    pub async fn ingest(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<Vec<Verdict>, StoreError> {
        if request.is_empty() {
            return Ok(Vec::new());
        }
        let result = self.submit(request, received)?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// The same for a thread that may wait.
    pub(crate) fn ingest_and_wait(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<Vec<Verdict>, StoreError> {
        let result = self.submit(request, received)?;
        result.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    fn submit(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<oneshot::Receiver<Result<Vec<Verdict>, StoreError>>, StoreError> {
        let (answer, result) = oneshot::channel();
        self.inner.folder.queue.submit(Submission {
            request,
            received,
            answer,
        })?;
        Ok(result)
    }

    /// Folds and merges all that there is, on a thread that may wait.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.inner.folder.fold_if(1)?;
        self.inner.folder.tidy()
    }

    /// Figures for metrics.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            tail_events: self.inner.folder.shared.unfolded(),
            queue_bytes: self.inner.folder.queue.bytes(),
        }
    }

    /// Folds what is acknowledged now, and waits for it.
    ///
    /// # Errors
    /// The fold failed; nothing is lost, and it is tried again later.
    pub async fn fold(&self) -> Result<(), StoreError> {
        self.in_background(|folder| folder.fold_if(1)).await
    }

    /// Does now what is otherwise done in the background: merges identity
    /// runs and rolls up anew what is stale.
    ///
    /// # Errors
    /// It failed; nothing is lost, and it is tried again later.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        self.in_background(|folder| folder.tidy()).await
    }

    async fn in_background(
        &self,
        work: impl FnOnce(Folder) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let folder = self.inner.folder.clone();
        blocking(move || work(folder)).await
    }

    /// Refuses new work, finishes what is queued, and ends the threads.
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Inner {
    fn close(&self) {
        self.folder.shared.fold.stop();
        self.folder.queue.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Runs on a thread that may wait for a database, whoever calls.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
    let panicked = |_| StoreError::unavailable("opening it panicked");
    thread::scope(|scope| scope.spawn(work).join()).map_err(panicked)?
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::unavailable(Cause::from_error(error)))
}
