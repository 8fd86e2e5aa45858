//! The background thread of a ledger: folds, merges of identity runs,
//! re-rolls after a change of meters, checkpoints.
//!
//! It reads on connections of its own. In a data directory it hands the writer
//! finished rows in short slices, so that an acknowledgement never waits for
//! its computing; in PostgreSQL it stores them itself.

mod merge;
mod reroll;

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use exchequer_ledger::{Extent, FoldJob, FoldWrites, Partition, SegmentWrite, Seq, fold};

use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::gathered::Gathered;
use crate::meters::{self, Meters};
use crate::queue::Queue;
use crate::rows::StoredRows;
use crate::sql::Sql;
use crate::writer::{Shared, Writer};

/// A tail below the size that is worth a fold is folded after a pause of
/// this length all the same, so that reports and restarts stay quick.
const PAUSE: Duration = Duration::from_secs(20);
const WORTH_A_PAUSE: u64 = 4_096;

#[derive(Default)]
struct Wishes {
    fold: bool,
    checkpoint: bool,
    reroll: bool,
    stop: bool,
}

/// Wakes the folder.
#[derive(Default)]
pub(crate) struct FoldSignal {
    wishes: Mutex<Wishes>,
    changed: Condvar,
}

impl FoldSignal {
    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        wish(&mut self.lock());
        self.changed.notify_all();
    }

    pub(crate) fn fold(&self) {
        self.wish(|wishes| wishes.fold = true);
    }

    pub(crate) fn checkpoint(&self) {
        self.wish(|wishes| wishes.checkpoint = true);
    }

    pub(crate) fn reroll(&self) {
        self.wish(|wishes| wishes.reroll = true);
    }

    pub(crate) fn stop(&self) {
        self.wish(|wishes| wishes.stop = true);
    }

    fn stopping(&self) -> bool {
        self.lock().stop
    }

    /// Whether there is something that cannot wait for a re-roll.
    fn pressing(&self) -> bool {
        let wishes = self.lock();
        wishes.fold || wishes.checkpoint || wishes.stop
    }

    /// The wishes so far; after a pause without any, an empty set.
    fn wait(&self) -> Wishes {
        let wished = |wishes: &mut Wishes| {
            !(wishes.fold || wishes.checkpoint || wishes.reroll || wishes.stop)
        };
        let (mut wishes, _) = self
            .changed
            .wait_timeout_while(self.lock(), PAUSE, wished)
            .unwrap_or_else(PoisonError::into_inner);
        let stop = wishes.stop;
        let taken = std::mem::take(&mut *wishes);
        wishes.stop = stop;
        taken
    }
}

/// The folder's means.
#[derive(Clone)]
pub(crate) struct Folder {
    pub(crate) snapshots: Snapshots,
    pub(crate) queue: Queue,
    pub(crate) shared: Arc<Shared>,
    pub(crate) meters: Arc<Meters>,
}

/// A fold that is not stored yet.
struct Computed {
    writes: FoldWrites,
    /// What it was computed from.
    extent: Extent,
    /// The revision of the meters that it knew.
    revision: u64,
}

impl Folder {
    /// Works until it is told to stop.
    pub(crate) fn run(self) {
        let mut search = false;
        loop {
            let wishes = self.shared.fold.wait();
            if wishes.stop {
                return;
            }
            // One that was wished for during a fold may not be worth it any more.
            let worth = if wishes.fold {
                self.shared.fold_at
            } else {
                WORTH_A_PAUSE
            };
            self.report("fold", self.fold_if(worth));
            self.report("merge of identity runs", self.merge());
            if wishes.checkpoint {
                self.report("checkpoint", self.checkpoint());
            }
            search |= wishes.reroll;
            if search {
                let found = self.find_stale();
                search = found.is_err();
                self.report("search for stale rollups", found);
            }
            self.report("re-roll", self.reroll());
        }
    }

    /// Does all there is to do beside folds.
    pub(crate) fn tidy(&self) -> Result<(), StoreError> {
        self.merge()?;
        self.find_stale()?;
        while !self.reroll_some()? {}
        Ok(())
    }

    /// A failure leaves everything as it was; the next round tries again.
    fn report(&self, what: &str, result: Result<(), StoreError>) {
        match result {
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
        step: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, result) = mpsc::sync_channel(1);
        self.queue.step(Box::new(move |writer| {
            let _ = answer.send(step(writer));
        }))?;
        result.recv().map_err(|_| StoreError::Closed)?
    }

    /// Folds what is worth it if so many events are unfolded; else partitions
    /// with corrections.
    pub(crate) fn fold_if(&self, worth: u64) -> Result<(), StoreError> {
        let _alone = self.shared.rolling();
        let folded = self
            .worth_folding(worth)
            .and_then(|queue| self.fold_all(queue));
        // A writer that waits for a fold looks again: one may have been stored
        // that seemed to fail, or by another node.
        let told = self.step(|_| Ok(()));
        folded.and(told)
    }

    /// The partitions to fold, as the database says; what memory holds of what
    /// others have folded is let go.
    fn worth_folding(&self, worth: u64) -> Result<VecDeque<Partition>, StoreError> {
        let extents = self.snapshots.take(StoredRows::extents)?;
        let unfolded = |folded: Seq, last: Seq| last.number() - folded.number();
        let all: u64 = extents
            .iter()
            .map(|(_, at)| unfolded(at.folded, at.last))
            .sum();
        let least = (worth / u64::from(self.shared.partitions.count()) / 2).max(1);
        let mut queue = VecDeque::new();
        for partition in self.shared.partitions.all() {
            let Some((_, at)) = extents.iter().find(|(of, _)| *of == partition.number()) else {
                continue;
            };
            let mut tail = self.shared.tail(partition).lock();
            tail.prune(at.folded);
            let many = all >= worth && unfolded(at.folded, at.last) >= least;
            if many || tail.corrects() {
                queue.push_back(partition);
            }
        }
        Ok(queue)
    }

    /// Folds these partitions. What fails in one does not keep the others.
    fn fold_all(&self, mut queue: VecDeque<Partition>) -> Result<(), StoreError> {
        // Nodes begin at different places; who meets another one leaves it the
        // partition, goes elsewhere, and looks again at the end.
        let anywhere = RandomState::new().hash_one(()) as usize;
        let begin = anywhere % queue.len().max(1);
        queue.rotate_left(begin);
        let mut outcome = Ok(());
        while let Some(partition) = queue.pop_front() {
            match self.try_fold(partition) {
                Ok(true) => {}
                Ok(false) => {
                    queue.rotate_left(queue.len() / 2);
                    queue.push_back(partition);
                }
                Err(StoreError::Closed) => return Err(StoreError::Closed),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }

    /// Folds what there is; `false` if something has changed meanwhile.
    fn try_fold(&self, partition: Partition) -> Result<bool, StoreError> {
        match self.compute(partition)? {
            Some(computed) => self.store(partition, computed),
            None => Ok(true),
        }
    }

    /// What a fold of all that is unfolded writes, if there is anything.
    fn compute(&self, partition: Partition) -> Result<Option<Computed>, StoreError> {
        self.snapshots.take(|sql| {
            let rows = StoredRows::new(*sql, partition);
            let extent = rows.extent()?;
            let tail = self.shared.tail(partition);
            let batches = tail.at(&rows, &extent, |tail| tail.unfolded(&extent))?;
            let Some(job) = FoldJob::new(batches) else {
                return Ok(None);
            };
            fault::point("fold.begun")?;
            let meters = self.meters.current(sql)?;
            let directories = &self.shared.directories;
            let writes = match &self.snapshots {
                Snapshots::Sqlite(_) => fold(&job, &meters, directories, &rows)?,
                Snapshots::Postgres(_) => {
                    let gathered = Gathered::of(rows, &job.days())?;
                    fold(&job, &meters, directories, &gathered)?
                }
            };
            Ok(Some(Computed {
                writes,
                extent,
                revision: meters.revision(),
            }))
        })
    }

    /// Stores a fold, unless something has changed under it. If it were the
    /// meters, it would take from sight what reads already know of its events.
    fn store(&self, partition: Partition, computed: Computed) -> Result<bool, StoreError> {
        fault::point("fold.computed")?;
        let Computed {
            mut writes,
            extent,
            revision,
        } = computed;
        let (meters, shared) = (Arc::clone(&self.meters), Arc::clone(&self.shared));
        // Also if it is durable and says that it has failed.
        let corrected = writes.voids.iter();
        let corrected = corrected.map(|(organization, row)| (*organization, row.day));
        shared.stale().extend(corrected);
        let (upto, meta) = (writes.upto, writes.run.take());
        let size = |segment: &SegmentWrite| segment.blob.len() + segment.data.len();
        let bytes = writes.segments.iter().map(size).sum();
        let entries = meta.as_ref().map(|meta| meta.entries);
        self.change(
            bytes,
            ["fold.written", "fold.durable"],
            move |tx| {
                meters::hold(tx)?;
                if meters.current(tx)?.revision() != revision {
                    return Ok(None);
                }
                apply::fold(tx, partition, &writes, entries, &extent)
            },
            move |writer, run| {
                let Some(run) = run else {
                    return Ok(false);
                };
                let meta = meta.map(|mut meta| {
                    meta.run = run;
                    meta
                });
                writer.catch_up(partition, meta)?;
                // A reader meets the folded events in both places until the
                // tail is pruned, and cuts them off the tail.
                let _ = fault::point("fold.learnt");
                shared.tail(partition).lock().prune(upto);
                Ok(true)
            },
        )
    }

    /// Runs a transaction which writes about so many bytes, with fault points
    /// before and after its commit; then the writer learns of it.
    fn change<T, U>(
        &self,
        bytes: usize,
        [written, durable]: [&'static str; 2],
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
        learn: impl FnOnce(&mut Writer, T) -> Result<U, StoreError> + Send + 'static,
    ) -> Result<U, StoreError>
    where
        T: Send + 'static,
        U: Send + 'static,
    {
        let work = move |tx: &Sql<'_>| {
            let value = work(tx)?;
            fault::point(written)?;
            Ok(value)
        };
        match &self.snapshots {
            Snapshots::Sqlite(_) => self.step(move |writer| {
                let value = writer.transactions.run(work)?;
                fault::point(durable)?;
                writer.wrote(bytes);
                learn(writer, value)
            }),
            Snapshots::Postgres(postgres) => {
                let value = postgres.change(work)?;
                fault::point(durable)?;
                self.step(move |writer| learn(writer, value))
            }
        }
    }

    /// Runs a transaction, which writes about so many bytes.
    fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.snapshots {
            Snapshots::Sqlite(_) => self.step(move |writer| {
                let value = writer.transactions.run(work)?;
                writer.wrote(bytes);
                Ok(value)
            }),
            Snapshots::Postgres(postgres) => postgres.change(work),
        }
    }

    /// Moves the write-ahead log into the database: most of it beside the
    /// writer, the rest, written meanwhile, between two of its commits, so
    /// that the log can begin anew.
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
