//! The store as the server uses it.

mod usage;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use exchequer_core::{Instant, MeterSet, OrganizationId};
use exchequer_ledger::{Batch, Directories, IdentityKey, Tail, TailSlice, Verdict};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

use crate::database::{self, Database, Readers, in_transaction};
use crate::error::StoreError;
use crate::folder::{FoldSignal, Folder};
use crate::meters::Meters;
use crate::queue::{Queue, Submission};
use crate::rows::{PARTITION, SqliteRows, folded};
use crate::writer::{Shared, Writer};

const DIRECTORY_BUDGET: usize = 48 << 20;
const KEY: &str = "identity_key";

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
        std::fs::create_dir_all(directory).map_err(|error| {
            StoreError::Unavailable(format!("{}: {error}", directory.display()))
        })?;
        let _lock = database::lock(directory)?;
        let mut connection = database::open_writer(directory, true)?;
        database::migrate(&mut connection)?;
        // Without a key an earlier `init` was cut short: go on with it.
        if secret_of(&connection)?.is_some() {
            let what = format!("{} holds a ledger already", directory.display());
            return Err(StoreError::Conflict(what));
        }
        in_transaction(&mut connection, |transaction| {
            transaction.execute(
                "INSERT INTO setting (name, value) VALUES ($1, $2)",
                params![KEY, secret],
            )?;
            transaction.execute(
                "INSERT INTO ledger (partition, folded, next_run) VALUES ($1, 0, 0)",
                [PARTITION],
            )?;
            Ok(())
        })
    }

    /// Opens a ledger and starts its threads.
    ///
    /// # Errors
    /// There is none, another process has it open, or it cannot be read.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        database::must_exist(directory)?;
        let lock = database::lock(directory)?;
        let mut connection = database::open_writer(directory, false)?;
        database::migrate(&mut connection)?;
        let key = identity_key(&connection)?;
        let (queue, readers) = (Queue::default(), Readers::new(directory));
        let meters = Arc::new(Meters::default());
        meters.current(&connection)?;
        let shared = Arc::new(Shared {
            tail: Mutex::new(Tail::default()),
            directories: Directories::new(DIRECTORY_BUDGET),
            fold: FoldSignal::default(),
            rolling: Mutex::default(),
            merging: Mutex::default(),
        });
        let mut writer = Writer::new(connection, key, Arc::clone(&shared));
        writer.live()?;
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
                database: Database::new(readers.clone(), queue.clone()),
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
            .read(move |connection| meters.current(connection).map(drop))
            .await?;
        self.inner.shared.fold.reroll();
        Ok(())
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
        batch: Batch,
        received: Instant,
    ) -> Result<Vec<Verdict>, StoreError> {
        let blob = batch.encode();
        self.ingest_encoded(batch, blob, received).await
    }

    /// [`Store::ingest`] for a batch that is encoded already: encoding takes
    /// a while, and may be done where nobody waits.
    ///
    /// # Errors
    /// As [`Store::ingest`].
    pub async fn ingest_encoded(
        &self,
        batch: Batch,
        blob: Vec<u8>,
        received: Instant,
    ) -> Result<Vec<Verdict>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, result) = oneshot::channel();
        self.inner.queue.submit(Submission {
            batch,
            blob,
            received,
            answer,
        })?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    async fn look<T, F>(&self, organization: OrganizationId, look: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner, &MeterSet, &TailSlice, &SqliteRows<'_>) -> Result<T, StoreError>
            + Send
            + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = move || {
            // The tail first, the snapshot second: a fold in between moves
            // events into the snapshot, and then they are cut off the tail.
            let tail = inner.shared.tail().slice(organization);
            inner.readers.snapshot(|connection| {
                let meters = inner.meters.current(connection)?;
                let tail = tail.beyond(folded(connection)?);
                look(&inner, &meters, &tail, &SqliteRows(connection))
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
            tail_events: self.inner.shared.tail().events(),
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
        self.in_background(|folder| folder.merge().and_then(|()| folder.reroll()))
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

fn secret_of(connection: &Connection) -> Result<Option<[u8; 16]>, StoreError> {
    let found = connection
        .query_row("SELECT value FROM setting WHERE name = $1", [KEY], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(found)
}

fn identity_key(connection: &Connection) -> Result<IdentityKey, StoreError> {
    let unfinished = || StoreError::Unavailable("the ledger was not made completely".to_owned());
    secret_of(connection)?
        .map(IdentityKey::from_bytes)
        .ok_or_else(unfinished)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}
