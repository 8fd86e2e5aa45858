//! The one thread that writes.
//!
//! It commits whatever requests are queued as a group, and runs the steps of
//! folds and catalogue changes in between, each in a transaction of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use exchequer_core::Instant;
use exchequer_ledger::{Commit, Directories, IdentityKey, Live, Seq, Tail};
use rusqlite::{Connection, Transaction, params};

use crate::database::in_transaction;
use crate::error::StoreError;
use crate::folder::FoldSignal;
use crate::queue::{Queue, Submission, Work};
use crate::rows::{PARTITION, SqliteRows, load_ledger};

/// Unfolded events beyond which ingestion waits for a fold.
const FULL_TAIL: u64 = 500_000;
/// Unfolded events that are worth a fold.
pub(crate) const FOLD_AT: u64 = 128_000;
/// Unfolded events from which commits are paced, so that ingestion that
/// outruns folding slows down for everybody instead of stopping for some.
const PACED_TAIL: u64 = 250_000;
/// The pause before a commit when the tail is nearly full.
const LONGEST_PAUSE: Duration = Duration::from_millis(30);
/// Bytes committed between two checkpoints.
const CHECKPOINT_AT: usize = 32 << 20;

/// What the writer shares with readers and the folder.
pub(crate) struct Shared {
    pub(crate) tail: Mutex<Tail>,
    pub(crate) directories: Directories,
    pub(crate) fold: FoldSignal,
    /// Held while rollups are computed and stored, so that a fold and a
    /// re-roll never overwrite one another's.
    pub(crate) rolling: Mutex<()>,
    /// Held while identity runs are merged.
    pub(crate) merging: Mutex<()>,
}

impl Shared {
    pub(crate) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn merging(&self) -> MutexGuard<'_, ()> {
        self.merging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rolling(&self) -> MutexGuard<'_, ()> {
        self.rolling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's state; steps get it whole.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) shared: Arc<Shared>,
    key: IdentityKey,
    /// `None` while the outcome of a commit is unknown.
    live: Option<Live>,
    /// Counts loads, so that a fold that began before one is not mistaken.
    pub(crate) loads: u64,
    received: i64,
    uncheckpointed: usize,
}

impl Writer {
    pub(crate) fn new(connection: Connection, key: IdentityKey, shared: Arc<Shared>) -> Self {
        Self {
            connection,
            shared,
            key,
            live: None,
            loads: 0,
            received: i64::MIN,
            uncheckpointed: 0,
        }
    }

    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self, queue: &Queue) {
        let _end = Abandon(queue);
        loop {
            let unfolded = self.live.as_ref().map_or(0, Live::unfolded);
            match queue.next(unfolded < FULL_TAIL) {
                Work::Step(step) => step(&mut self),
                Work::Group(group) => {
                    std::thread::sleep(pause(unfolded));
                    self.ingest(group);
                }
                Work::Stop => return,
            }
            if self.uncheckpointed >= CHECKPOINT_AT {
                self.uncheckpointed = 0;
                self.shared.fold.checkpoint();
            }
        }
    }

    /// The ledger's state, read anew if it is not known.
    pub(crate) fn live(&mut self) -> Result<&mut Live, StoreError> {
        let live = match self.live.take() {
            Some(live) => live,
            None => {
                let (loaded, received) = load_ledger(&self.connection, self.key)?;
                let mut published = self.shared.tail();
                *published = Tail::default();
                loaded.tail.iter().for_each(|batch| published.push(batch));
                self.loads += 1;
                self.received = received;
                loaded.live
            }
        };
        Ok(self.live.insert(live))
    }

    /// Runs a transaction that the state depends on. If it fails, it may be
    /// durable all the same, so the state is read anew before it is used.
    pub(crate) fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let result = in_transaction(&mut self.connection, work);
        if result.is_err() {
            self.live = None;
        }
        result
    }

    /// Gives back what a fold had taken, unless the state was read anew.
    pub(crate) fn unfold(&mut self, loads: u64) {
        if self.loads == loads
            && let Some(live) = &mut self.live
        {
            live.unfold();
        }
    }

    fn ingest(&mut self, group: Vec<Submission>) {
        let received = group.iter().map(|submission| submission.received).max();
        let mut batches = Vec::with_capacity(group.len());
        let mut answers = Vec::with_capacity(group.len());
        for submission in group {
            batches.push((submission.batch, submission.blob));
            answers.push(submission.answer);
        }
        // A caller that went away missed its answer; its events are kept.
        match self.commit(batches, received) {
            Ok(commit) => {
                for (answer, verdicts) in answers.into_iter().zip(commit.verdicts) {
                    let _ = answer.send(Ok(verdicts));
                }
            }
            Err(error) => {
                tracing::error!(%error, "a group of events was not committed");
                for answer in answers {
                    let _ = answer.send(Err(error.again()));
                }
            }
        }
        let untaken = self.live.as_ref().map_or(0, Live::untaken);
        if untaken >= FOLD_AT {
            self.shared.fold.fold();
        }
    }

    fn commit(
        &mut self,
        batches: Vec<(exchequer_ledger::Batch, Vec<u8>)>,
        received: Option<Instant>,
    ) -> Result<Commit, StoreError> {
        self.live()?;
        let Some(live) = self.live.as_mut() else {
            return Err(StoreError::Closed);
        };
        let rows = SqliteRows(&self.connection);
        let commit = live.admit(batches, &self.shared.directories, &rows)?;
        if commit.batches.is_empty() {
            return Ok(commit); // repeats of what is durable already
        }
        let received = received.map_or(self.received, |instant| instant.micros());
        self.received = self.received.max(received);
        let received = self.received;
        self.transact(|transaction| insert(transaction, &commit, received))?;
        self.live()?.committed(&commit.batches);
        let mut tail = self.shared.tail();
        commit.batches.iter().for_each(|batch| tail.push(batch));
        drop(tail);
        self.wrote(commit.rows.iter().map(|row| row.blob.len()).sum());
        Ok(commit)
    }

    /// Counts bytes towards the next checkpoint.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.uncheckpointed += bytes;
    }
}

/// How long a commit waits, by how full the tail is.
fn pause(unfolded: u64) -> Duration {
    let over = unfolded.saturating_sub(PACED_TAIL) as u32;
    LONGEST_PAUSE * over / (FULL_TAIL - PACED_TAIL) as u32
}

/// However the writer ends, nobody is left waiting for it.
struct Abandon<'a>(&'a Queue);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

fn insert(transaction: &Transaction<'_>, commit: &Commit, received: i64) -> Result<(), StoreError> {
    let mut journal = transaction.prepare_cached(
        "INSERT INTO journal (partition, seq, events, blob) VALUES ($1, $2, $3, $4)",
    )?;
    for row in &commit.rows {
        journal.execute(params![PARTITION, signed(row.seq), row.events, row.blob])?;
    }
    if let Some(last) = commit.batches.last() {
        transaction
            .prepare_cached("INSERT INTO mark (partition, seq, received) VALUES ($1, $2, $3)")?
            .execute(params![PARTITION, signed(last.last()), received])?;
    }
    Ok(())
}

/// A seq as SQLite holds it; 2^63 events are out of reach.
pub(crate) fn signed(seq: Seq) -> i64 {
    seq.number() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_paced_only_as_the_tail_fills() {
        assert_eq!(pause(0), Duration::ZERO);
        assert_eq!(pause(PACED_TAIL), Duration::ZERO);
        assert_eq!(pause(PACED_TAIL.midpoint(FULL_TAIL)), LONGEST_PAUSE / 2);
        assert_eq!(pause(FULL_TAIL), LONGEST_PAUSE);
    }
}
