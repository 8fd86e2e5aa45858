//! The store as the server uses it.

mod evidence;
mod usage;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use exchequer_core::{Instant, MeterSet, OrganizationId};
use exchequer_ledger::{Directories, IdentityKey, Partitions, Request, Tail, TailSlice, Verdict};
use tokio::sync::oneshot;

use crate::database::Database;
use crate::error::StoreError;
use crate::folder::Folder;
use crate::meters::Meters;
use crate::queue::{Queue, Submission};
use crate::rows::StoredRows;
use crate::settings;
use crate::sql::Sql;
use crate::sqlite::{self, Readers, in_transaction};
use crate::writer::{Shared, Writer};

const DIRECTORY_BUDGET: usize = 48 << 20;

pub use evidence::{EventQuery, StoredEvents};
pub use usage::{PeriodUsage, UsageKey};

/// An open ledger. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    readers: Readers,
    queue: Queue,
    shared: Arc<Shared>,
    meters: Arc<Meters>,
    key: IdentityKey,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held as long as the store is open.
    _lock: File,
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
    /// Makes a ledger in a directory, which is created if need be.
    /// `secret` is random; it keys the hashes of identities for ever.
    ///
    /// # Errors
    /// The directory holds a ledger already, or cannot be written.
    pub fn create(directory: &Path, secret: [u8; 16]) -> Result<(), StoreError> {
        Self::create_partitioned(directory, secret, Partitions::ONE)
    }

    /// As [`Store::create`], of so many partitions. A directory has a single
    /// writer, so more than one are of no use but to try them.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub fn create_partitioned(
        directory: &Path,
        secret: [u8; 16],
        partitions: Partitions,
    ) -> Result<(), StoreError> {
        std::fs::create_dir_all(directory).map_err(|error| {
            StoreError::Unavailable(format!("{}: {error}", directory.display()))
        })?;
        let _lock = sqlite::lock(directory)?;
        let mut connection = sqlite::open_writer(directory, true)?;
        sqlite::migrate(&mut connection)?;
        // Without a key an earlier `init` was cut short: go on with it.
        if settings::secret(&Sql::sqlite(&connection))?.is_some() {
            let what = format!("{} holds a ledger already", directory.display());
            return Err(StoreError::Conflict(what));
        }
        in_transaction(&mut connection, |tx| settings::fix(tx, secret, partitions))
    }

    /// Opens a ledger and starts its threads.
    ///
    /// # Errors
    /// There is none, another process has it open, or it cannot be read.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        sqlite::must_exist(directory)?;
        let lock = sqlite::lock(directory)?;
        let mut connection = sqlite::open_writer(directory, false)?;
        sqlite::migrate(&mut connection)?;
        let key = settings::identity_key(&Sql::sqlite(&connection))?;
        let partitions = settings::partitions(&Sql::sqlite(&connection))?;
        let (queue, readers) = (Queue::default(), Readers::new(directory));
        let meters = Arc::new(Meters::default());
        meters.current(&Sql::sqlite(&connection))?;
        let directories = Directories::new(DIRECTORY_BUDGET);
        let shared = Arc::new(Shared::new(key, partitions, directories));
        let mut writer = Writer::new(connection, key, Arc::clone(&shared));
        for partition in partitions.all() {
            writer.catch_up(partition)?;
        }
        let folder = Folder {
            readers: readers.clone(),
            queue: queue.clone(),
            shared: Arc::clone(&shared),
            meters: Arc::clone(&meters),
        };
        // A change of meters may have been cut short by a crash.
        shared.fold.reroll();
        let writing = queue.clone();
        let threads = vec![
            spawn("ledger-folder", move || folder.run())?,
            spawn("ledger-writer", move || writer.run(&writing))?,
        ];
        Ok(Self {
            inner: Arc::new(Inner {
                database: Database::sqlite(readers.clone(), queue.clone()),
                readers,
                queue,
                shared,
                meters,
                key,
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
        self.inner.meters.latest()
    }

    /// Reads the meters anew, after they were changed, and has the rollups
    /// that they concern made anew in the background.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn reload_meters(&self) -> Result<(), StoreError> {
        let meters = Arc::clone(&self.inner.meters);
        self.database()
            .read(move |sql| meters.current(sql).map(drop))
            .await?;
        self.inner.shared.fold.reroll();
        Ok(())
    }

    /// How many partitions the ledger has; requests are built with it.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        self.inner.shared.partitions
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
        let (answer, result) = oneshot::channel();
        self.inner.queue.submit(Submission {
            request,
            received,
            answer,
        })?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    async fn look<T, F>(&self, organization: OrganizationId, look: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner, &MeterSet, &TailSlice, &StoredRows<'_>) -> Result<T, StoreError>
            + Send
            + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = move || {
            inner.readers.snapshot(|sql| {
                let meters = inner.meters.current(sql)?;
                let partition = inner.shared.partitions.of(organization);
                let rows = StoredRows::new(*sql, partition);
                let extent = rows.extent()?;
                let slice = |tail: &Tail| tail.slice(organization).within(&extent);
                let tail = inner.shared.tail(partition).at(&rows, &extent, slice)?;
                look(&inner, &meters, &tail, &rows)
            })
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Figures for metrics.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            tail_events: self.inner.shared.unfolded(),
            queue_bytes: self.inner.queue.bytes(),
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
        self.in_background(|folder| {
            folder.merge()?;
            folder.find_stale()?;
            while !folder.reroll_some()? {}
            Ok(())
        })
        .await
    }

    async fn in_background(
        &self,
        work: impl FnOnce(Folder) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let folder = Folder {
            readers: self.inner.readers.clone(),
            queue: self.inner.queue.clone(),
            shared: Arc::clone(&self.inner.shared),
            meters: Arc::clone(&self.inner.meters),
        };
        tokio::task::spawn_blocking(move || work(folder))
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
    }

    /// Refuses new work, finishes what is queued, and ends the threads.
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Inner {
    fn close(&self) {
        self.shared.fold.stop();
        self.queue.close();
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

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}
