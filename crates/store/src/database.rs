//! Access to the database, whichever it is.

use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::postgres::Postgres;
use crate::queue::Queue;
use crate::sql::Sql;
use crate::sqlite::{Readers, in_transaction};

/// Access to the database: snapshots to read, transactions to write.
#[derive(Clone)]
pub struct Database(Engine);

#[derive(Clone)]
enum Engine {
    Sqlite { readers: Readers, queue: Queue },
    Postgres(Postgres),
}

impl Database {
    pub(crate) fn sqlite(readers: Readers, queue: Queue) -> Self {
        Self(Engine::Sqlite { readers, queue })
    }

    /// Connects to PostgreSQL, and brings its tables up to date. The catalogue,
    /// tokens, jobs and the audit trail are kept there; usage is not yet.
    ///
    /// # Errors
    /// It cannot be reached, is too old, takes no writes, or was served by a
    /// newer version.
    pub async fn postgres(url: &str) -> Result<Self, StoreError> {
        Ok(Self(Engine::Postgres(Postgres::open(url).await?)))
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
        match self.0.clone() {
            Engine::Sqlite { readers, .. } => blocking(move || readers.snapshot(work)).await,
            Engine::Postgres(postgres) => blocking(move || postgres.snapshot(work)).await,
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
        let queue = match &self.0 {
            Engine::Sqlite { queue, .. } => queue,
            Engine::Postgres(postgres) => {
                let postgres = postgres.clone();
                return blocking(move || postgres.change(work)).await;
            }
        };
        let (answer, result) = oneshot::channel();
        queue.step(Box::new(move |writer| {
            // The caller may have gone away; the change holds all the same.
            let _ = answer.send(in_transaction(&mut writer.connection, work));
        }))?;
        result.await.map_err(|_| StoreError::Closed)?
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
}
