//! The store as the server uses it.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use exchequer_core::{Instant, MeterSet, OrganizationId, Products, TimeRange, Totals};
use exchequer_ledger::{
    Batch, Directories, IdentityKey, Tail, TailSlice, UsageReport, Verdict, last_seq, read, totals,
};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

use crate::catalogue::{contracts, products};
use crate::database::{self, Database, Readers, in_transaction};
use crate::error::StoreError;
use crate::folder::{FoldSignal, Folder};
use crate::meters::Meters;
use crate::queue::{Queue, Submission};
use crate::rows::{PARTITION, SqliteRows, folded};
use crate::writer::{Shared, Writer};

const DIRECTORY_BUDGET: usize = 48 << 20;
const KEY: &str = "identity_key";

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

/// What a report of a range is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageKey {
    /// The highest seq that touches the days of the range.
    pub last_seq: u64,
    /// The revision of the meters.
    pub epoch: u64,
    /// The meters that contracts entitle to.
    pub entitled: Vec<String>,
}

impl From<&UsageReport> for UsageKey {
    fn from(report: &UsageReport) -> Self {
        Self {
            last_seq: report.last_seq,
            epoch: report.epoch,
            entitled: report.entitled.clone(),
        }
    }
}

/// What the bill of a period is made from.
#[derive(Debug, Clone)]
pub struct PeriodUsage {
    /// The total of each meter with usage.
    pub totals: Totals,
    /// The products that contracts of the organisation price, and those that
    /// a meter with usage counts.
    pub products: Products,
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

    /// The exact usage of an organisation in a range: everything that was
    /// acknowledged before the call, and nothing of a request that was not.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn usage(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageReport, StoreError> {
        self.look(organization, move |inner, meters, tail, rows| {
            let directories = &inner.shared.directories;
            let mut report = read(organization, range, meters, tail, directories, rows)?;
            report.entitle(contracts::entitled(rows.0, organization, range)?);
            Ok(report)
        })
        .await
    }

    /// What the bill of a billing period is made from, all of one snapshot.
    /// `choose` is given the contracts of the organisation and picks the
    /// range, and whatever else it wants back.
    ///
    /// # Errors
    /// What `choose` returns, or that something cannot be read.
    pub async fn period_usage<T, F>(
        &self,
        organization: OrganizationId,
        choose: F,
    ) -> Result<Option<(T, PeriodUsage)>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(Vec<contracts::Stored>) -> Result<Option<(TimeRange, T)>, StoreError>
            + Send
            + 'static,
    {
        self.look(organization, move |inner, meters, tail, rows| {
            let contracts = contracts::of(rows.0, organization)?;
            let Some((range, chosen)) = choose(contracts)? else {
                return Ok(None);
            };
            let directories = &inner.shared.directories;
            let totals = totals(organization, range, meters, tail, directories, rows)?;
            let products = products_of(rows.0, organization, &totals)?;
            Ok(Some((chosen, PeriodUsage { totals, products })))
        })
        .await
    }

    /// What a report of the range would be computed from. Much cheaper than
    /// the report, which cannot have changed while this has not.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn usage_key(
        &self,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<UsageKey, StoreError> {
        self.look(organization, move |_, meters, tail, rows| {
            Ok(UsageKey {
                last_seq: last_seq(organization, range, meters, tail, rows)?,
                epoch: meters.epoch(),
                entitled: contracts::entitled(rows.0, organization, range)?,
            })
        })
        .await
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

fn products_of(
    connection: &Connection,
    organization: OrganizationId,
    totals: &Totals,
) -> Result<Products, StoreError> {
    let mut all = products::priced_for(connection, organization)?;
    for meter in totals.keys() {
        if all.values().all(|product| product.meter != *meter) {
            all.append(&mut products::counted_by(connection, meter)?);
        }
    }
    Ok(all)
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
