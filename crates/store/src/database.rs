//! Access to the database, whichever it is.

use exchequer_core::OrganizationId;
use tokio::sync::oneshot;

use crate::engine::Snapshots;
use crate::error::{Cause, StoreError};
use crate::sql::{Snapshot, Transaction};
use crate::sqlite::PAGE_SIZE;
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
    /// The error of `work`, or that of a database that cannot be opened.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let snapshots = self.snapshots.clone();
        blocking(move || snapshots.take(work)).await
    }

    /// Reads as [`Database::read`] does, but without a transaction if a single statement
    /// is enough. `work` may be run twice.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn read_one<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Snapshot<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let snapshots = self.snapshots.clone();
        blocking(move || snapshots.read_one(work)).await
    }

    /// Writes as [`Database::write`] does, but holds no lock, and begins no transaction in
    /// PostgreSQL. It is for statements that may each be kept without the others, and that
    /// lock themselves what they rest on. The first of them may be run twice there, if its
    /// connection is lost.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn write_one<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match self.snapshots.clone() {
            Snapshots::Sqlite(_) => self.write(work).await,
            Snapshots::Postgres(postgres) => blocking(move || postgres.write_one(work)).await,
        }
    }

    /// Runs `work` in one transaction that changes what belongs to one
    /// organisation: its contracts, its trusts, and what will be made of them.
    /// Changes of the same organisation come one after the other, on all nodes;
    /// ingestion, logins, reports and changes of other partitions go on beside.
    ///
    /// A close of a period is to be such a transaction. It and a change of the
    /// contract then have the same lock: whichever comes second sees the first.
    ///
    /// `work` must leave rows of other organisations alone, and shared rows
    /// but for those that it locks as `sql::held` says. Within it no
    /// other transaction may be begun.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn write_in<T, F>(
        &self,
        organization: OrganizationId,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match self.snapshots.clone() {
            // There is one writer, and no round trip to save.
            Snapshots::Sqlite(_) => self.write(work).await,
            Snapshots::Postgres(postgres) => {
                blocking(move || {
                    let partition = postgres.partitions()?.partition_of(organization);
                    postgres.in_partition(partition, work)
                })
                .await
            }
        }
    }

    /// Runs `work` as [`Database::write_in`] does, with the locks of two organisations:
    /// something goes from one to the other.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn write_in_both<T, F>(
        &self,
        organizations: [OrganizationId; 2],
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        match self.snapshots.clone() {
            Snapshots::Sqlite(_) => self.write(work).await,
            Snapshots::Postgres(postgres) => {
                blocking(move || {
                    let partitions = postgres.partitions()?;
                    let both = organizations.map(|whose| partitions.partition_of(whose));
                    postgres.in_both_partitions(both, work)
                })
                .await
            }
        }
    }

    /// Runs `work` in one transaction that changes the shared catalog: meters,
    /// products, organisations, clients. They come one after the other. When
    /// this returns `Ok`, the changes are durable; when it returns an error,
    /// nothing of them is kept, unless the connection was lost at its very end.
    ///
    /// # Errors
    /// The error of `work`, or that of a transaction that could not be committed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        if let Snapshots::Postgres(postgres) = &self.snapshots {
            let postgres = postgres.clone();
            return blocking(move || postgres.serialized(work)).await;
        }
        let (answer, result) = oneshot::channel();
        self.queue.step(Box::new(move |writer| {
            let rows = writer.transactions.changed_rows();
            let changed = writer.transactions.run(work);
            let rows = writer.transactions.changed_rows() - rows;
            // At worst each row is on a page of its own. Without this a large catalog would
            // stay in the write-ahead log until somebody sends events.
            writer.count_written(usize::try_from(rows).unwrap_or(0) * PAGE_SIZE as usize);
            // The caller may have gone away; the change holds all the same.
            let _ = answer.send(changed);
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
