//! The background thread of a ledger: folds, merges of identity runs,
//! re-rolls after a change of meters, checkpoints.
//!
//! It reads on connections of its own. In a data directory it hands the writer
//! finished rows in short slices, so that an acknowledgement never waits for
//! its computing; in PostgreSQL it stores them itself.

mod fold;
mod merge;
mod reroll;

use std::sync::{Arc, mpsc};

use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::limits::FOLD_AFTER_PAUSE;
use crate::meters::Meters;
use crate::shared::Shared;
use crate::sql::Transaction;
use crate::writer::{Queue, WriterState};

/// The folder: its connections, the way to the writer, and the shared state.
#[derive(Clone)]
pub(crate) struct Folder {
    pub(crate) snapshots: Snapshots,
    pub(crate) queue: Queue,
    pub(crate) shared: Arc<Shared>,
    pub(crate) meters: Arc<Meters>,
}

impl Folder {
    /// Works until it is told to stop.
    pub(crate) fn run(self) {
        let mut search = false;
        loop {
            let requested = self.shared.fold.wait();
            if requested.stop {
                return;
            }
            // A fold that was requested during the one before may not be worth
            // it any more.
            let worth = if requested.fold {
                self.shared.fold_at
            } else {
                FOLD_AFTER_PAUSE
            };
            self.report("fold", self.fold_if(worth));
            self.report("merge of identity runs", self.merge());
            if requested.checkpoint {
                self.report("checkpoint", self.checkpoint());
            }
            search |= requested.reroll;
            if search {
                let found = self.find_stale();
                search = found.is_err();
                self.report("search for stale rollups", found);
            }
            self.report("re-roll", self.reroll());
        }
    }

    /// Does all the work that there is beside folds.
    pub(crate) fn tidy(&self) -> Result<(), StoreError> {
        self.merge()?;
        self.find_stale()?;
        while !self.reroll_some()? {}
        Ok(())
    }

    /// Logs a failure, which nobody waits for. It has left everything as it
    /// was, and the next round tries again.
    fn report(&self, what: &str, result: Result<(), StoreError>) {
        match result {
            // The store is closing, which is no failure.
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => {
                metrics::counter!("exchequer_background_failures_total", "what" => what.to_owned())
                    .increment(1);
                tracing::error!(
                    error = error.chain(),
                    "{what} failed; it will be tried again"
                );
            }
        }
    }

    /// Has the writer run a step, and waits for its result.
    fn step<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut WriterState) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, result) = mpsc::sync_channel(1);
        self.queue.step(Box::new(move |writer| {
            let _ = answer.send(step(writer));
        }))?;
        result.recv().map_err(|_| StoreError::Closed)?
    }

    /// Runs a transaction that writes about so many bytes, with fault points
    /// before and after its commit; then the writer learns of it.
    fn change<T, U>(
        &self,
        bytes: usize,
        [written, durable]: [&'static str; 2],
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
        learn: impl FnOnce(&mut WriterState, T) -> Result<U, StoreError> + Send + 'static,
    ) -> Result<U, StoreError>
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        let work = move |tx: &Transaction<'_>| {
            let value = work(tx)?;
            fault::point(written)?;
            Ok(value)
        };
        match &self.snapshots {
            // The transaction and its learning are one step: no commit may come
            // between them, since it would look for events in moved rows.
            Snapshots::Sqlite(_) => self.step(move |writer| {
                let value = writer.transactions.run(work)?;
                fault::point(durable)?;
                writer.count_written(bytes);
                learn(writer, value)
            }),
            // A commit in between reads the extent under its lock and catches
            // up by itself, as it does for folds of other nodes.
            Snapshots::Postgres(postgres) => {
                let value = postgres.change(work)?;
                fault::point(durable)?;
                self.step(move |writer| learn(writer, value))
            }
        }
    }

    /// Runs a transaction that writes about so many bytes, and of which the
    /// writer need not learn: pages of a run that is not live, or rollups, which
    /// admission never reads.
    fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.snapshots {
            Snapshots::Sqlite(_) => self.step(move |writer| {
                let value = writer.transactions.run(work)?;
                writer.count_written(bytes);
                Ok(value)
            }),
            Snapshots::Postgres(postgres) => postgres.change(work),
        }
    }

    /// Moves the write-ahead log into the database.
    ///
    /// It does so twice. The first time takes long and goes on beside commits,
    /// which meanwhile append to the log. The second time is a step of the
    /// writer: nothing is appended, the rest is small, and the log can begin
    /// from its start instead of growing.
    fn checkpoint(&self) -> Result<(), StoreError> {
        let Snapshots::Sqlite(readers) = &self.snapshots else {
            return Ok(());
        };
        fault::point("checkpoint.begun")?;
        readers.checkpoint()?;
        fault::point("checkpoint.half")?;
        self.step(|writer| writer.transactions.checkpoint())
    }
}
