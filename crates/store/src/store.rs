//! The store as the server uses it.

mod as_of;
mod evidence;
mod homes;
mod inspection;
mod nodes;
mod open;
mod recent;
mod usage;
mod view;

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use exchequer_core::{Instant, MeterSet};
use exchequer_ledger::{IdentityKey, Partitions, Request};
use tokio::sync::{Semaphore, oneshot};

use crate::database::{Database, blocking};
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::folder::Folder;
use crate::writer::{Admission, Submission};

pub use as_of::{AsOf, Touched, UsageView};
pub use evidence::{EventQuery, StoredEvents};
pub use inspection::Inspection;
pub use recent::RecentEvents;
pub use usage::{Prepared, UsageKey};

/// An open ledger. Clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    readers: Snapshots,
    /// The folder's connections and state, for work on request beside its own.
    folder: Folder,
    key: IdentityKey,
    homes: homes::ClientHomes,
    /// Turns to make a report: each holds the rows that it is made from.
    reports: Arc<Semaphore>,
    /// The writer and the folder, until they are joined: by `close`, or when the
    /// last clone is dropped.
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// The lock of a directory; held as long as the store is open.
    _lock: Option<File>,
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
    /// Returns the database, for snapshots and transactions of everything but
    /// usage.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// Returns the key with which batches are built.
    #[must_use]
    pub fn identity_key(&self) -> IdentityKey {
        self.inner.key
    }

    /// Returns the meters as they were read last; see [`Store::reload_meters`].
    #[must_use]
    pub fn meters(&self) -> Arc<MeterSet> {
        self.inner.folder.meters.latest()
    }

    /// Reads the meters again, after they were changed, and has the rollups that
    /// they concern computed again in the background.
    ///
    /// # Errors
    /// If the database fails, or a row is damaged.
    pub async fn reload_meters(&self) -> Result<(), StoreError> {
        let meters = Arc::clone(&self.inner.folder.meters);
        self.database()
            .read(move |db| meters.current(db).map(drop))
            .await?;
        self.inner.folder.shared.fold.reroll();
        Ok(())
    }

    /// Returns the partitions of the ledger; requests are built with them.
    #[must_use]
    pub fn partitions(&self) -> Partitions {
        self.inner.folder.shared.partitions
    }

    /// Keeps the events of a request, together or not at all, and returns the
    /// decisions on them. When this returns, everything that they say is
    /// durable. Events that are only to be compared are not kept.
    ///
    /// # Errors
    /// [`StoreError::QueueFull`]: try again in a moment. Anything else: the
    /// events may or may not be kept; sending them again is harmless.
    pub async fn ingest(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<Admission, StoreError> {
        if request.is_empty() {
            return Ok(Admission::default());
        }
        let result = self.submit(request, received)?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    /// Ingests as [`Store::ingest`] does, on a thread that may wait.
    pub(crate) fn ingest_and_wait(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<Admission, StoreError> {
        let result = self.submit(request, received)?;
        result.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    fn submit(
        &self,
        request: Request,
        received: Instant,
    ) -> Result<oneshot::Receiver<Result<Admission, StoreError>>, StoreError> {
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

    /// Returns figures for metrics.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            tail_events: self.inner.folder.shared.unfolded(),
            queue_bytes: self.inner.folder.queue.bytes(),
        }
    }

    /// Folds the events that are acknowledged now, and waits for it.
    ///
    /// # Errors
    /// The fold failed; nothing is lost, and it is tried again later.
    pub async fn fold(&self) -> Result<(), StoreError> {
        self.in_background(|folder| folder.fold_if(1)).await
    }

    /// Does at once the work that is otherwise done in the background: merges
    /// identity runs and rolls stale days up.
    ///
    /// # Errors
    /// If the work fails. Nothing is lost, and it is tried again later.
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
