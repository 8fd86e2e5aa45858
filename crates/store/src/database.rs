//! Access to the database, whichever it is.

use tokio::sync::oneshot;

use crate::engine::Snapshots;
use crate::error::{Cause, StoreError};
use crate::sql::Sql;
use crate::writer::Queue;

/// Access to the database: snapshots to read, transactions to write.
#[derive(Clone)]
pub struct Database {
    snapshots: Snapshots,
    queue: Queue,
}

impl Database {
    pub(crate) fn new(snapshots: Snapshots, queue: Queue) -> Self {
        Self { snapshots, queue }
    }

    /// Runs `work` in one read transaction, hence on one snapshot, on a
    /// blocking thread.
    ///
    /// # Errors
    /// What `work` returns, or that the database cannot be opened.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let snapshots = self.snapshots.clone();
        blocking(move || snapshots.take(work)).await
    }

    /// As [`Database::read`], for what mostly needs a single statement; it may
    /// be run twice.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn read_one<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let snapshots = self.snapshots.clone();
        blocking(move || snapshots.read_one(work)).await
    }

    /// As [`Database::write`], for one statement that rests on nothing that
    /// others change: it waits for none of them.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn write_one<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match self.snapshots.clone() {
            Snapshots::Sqlite(_) => self.write(work).await,
            Snapshots::Postgres(postgres) => blocking(move || postgres.write_one(work)).await,
        }
    }

    /// Runs `work` in one transaction, one after the other. When this returns
    /// `Ok`, the changes are durable; when it returns an error, nothing of
    /// them is kept, unless the connection was lost at its very end.
    ///
    /// # Errors
    /// What `work` returns, or why the transaction could not be committed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if let Snapshots::Postgres(postgres) = &self.snapshots {
            let postgres = postgres.clone();
            return blocking(move || postgres.serialized(work)).await;
        }
        let (answer, result) = oneshot::channel();
        self.queue.step(Box::new(move |writer| {
            // The caller may have gone away; the change holds all the same.
            let _ = answer.send(writer.transactions.run(work));
        }))?;
        result.await.map_err(|_| StoreError::Closed)?
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::unavailable(Cause::from_error(error)))?
}
