//! The background thread of a ledger: folds, merges of identity runs,
//! re-rolls after a change of meters, checkpoints.
//!
//! It reads on connections of its own and hands the writer finished rows in
//! short slices, so that an acknowledgement never waits for its computing.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use exchequer_ledger::{FoldJob, FoldWrites, RunBuilder, fold, is_stale, merge_runs, reroll};

use crate::apply;
use crate::database::{Readers, in_transaction};
use crate::error::StoreError;
use crate::meters::Meters;
use crate::queue::Queue;
use crate::rows::{SqliteRows, stale_rollups, superseded_runs};
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
pub(crate) struct Folder {
    pub(crate) readers: Readers,
    pub(crate) queue: Queue,
    pub(crate) shared: Arc<Shared>,
    pub(crate) meters: Arc<Meters>,
}

impl Folder {
    /// Works until it is told to stop.
    pub(crate) fn run(self) {
        loop {
            let wishes = self.shared.fold.wait();
            if wishes.stop {
                return;
            }
            let worth = if wishes.fold { 1 } else { WORTH_A_PAUSE };
            self.report("fold", self.fold_if(worth));
            self.report("merge of identity runs", self.merge());
            if wishes.reroll {
                self.report("re-roll", self.reroll());
            }
            if wishes.checkpoint {
                self.report("checkpoint", self.checkpoint());
            }
        }
    }

    /// A failure leaves everything as it was; the next round tries again.
    fn report(&self, what: &str, result: Result<(), StoreError>) {
        match result {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => {
                metrics::counter!("exchequer_background_failures_total", "what" => what.to_owned())
                    .increment(1);
                tracing::error!(%error, "{what} failed; it will be tried again");
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

    pub(crate) fn fold_if(&self, worth: u64) -> Result<(), StoreError> {
        let _alone = self.shared.rolling();
        while !self.try_fold(worth)? {}
        Ok(())
    }

    /// Folds what there is; `false` if the meters have changed meanwhile.
    fn try_fold(&self, worth: u64) -> Result<bool, StoreError> {
        let begun = self.step(move |writer| {
            let live = writer.live()?;
            let job = if live.untaken() >= worth {
                live.begin_fold()
            } else {
                None
            };
            let next_run = live.next_run();
            Ok(job.map(|job| (job, next_run, writer.loads)))
        })?;
        let Some((job, next_run, loads)) = begun else {
            return Ok(true);
        };
        let result = self
            .compute(&job)
            .and_then(|(writes, epoch)| self.store(writes, epoch, next_run, loads));
        if !matches!(result, Ok(true)) {
            self.step(move |writer| {
                writer.unfold(loads);
                Ok(())
            })?;
        }
        result
    }

    /// What a fold writes, and the revision of the meters that it knew.
    fn compute(&self, job: &FoldJob) -> Result<(FoldWrites, u64), StoreError> {
        self.readers.snapshot(|connection| {
            let meters = self.meters.current(connection)?;
            let rows = SqliteRows(connection);
            let writes = fold(job, &meters, &self.shared.directories, &rows)?;
            Ok((writes, meters.epoch()))
        })
    }

    /// Stores a fold, unless the meters have changed under it: then it would
    /// take from sight what reads already know of its events.
    fn store(
        &self,
        mut writes: FoldWrites,
        epoch: u64,
        next_run: u64,
        loads: u64,
    ) -> Result<bool, StoreError> {
        let meters = Arc::clone(&self.meters);
        self.step(move |writer| {
            writer.live()?;
            if writer.loads != loads {
                return Ok(true); // the tail was read anew meanwhile: fold that
            }
            if meters.current(&writer.connection)?.epoch() != epoch {
                return Ok(false);
            }
            writer.transact(|transaction| apply::fold(transaction, &writes, next_run))?;
            let size =
                |segment: &exchequer_ledger::SegmentWrite| segment.blob.len() + segment.data.len();
            writer.wrote(writes.segments.iter().map(size).sum());
            let (run, touched) = (writes.run.take(), writes.touched());
            writer.live()?.folded(run, touched);
            writer.shared.tail().prune(writes.upto);
            Ok(true)
        })
    }

    pub(crate) fn merge(&self) -> Result<(), StoreError> {
        let _alone = self.shared.merging();
        loop {
            for run in self.readers.snapshot(superseded_runs)? {
                self.delete_run(run)?;
            }
            if self.shared.fold.stopping() {
                return Ok(());
            }
            let begun = self.step(|writer| {
                let live = writer.live()?;
                let merge = live.begin_merge();
                let next_run = live.next_run();
                Ok(merge.map(|merge| (merge, next_run, writer.loads)))
            })?;
            let Some((merge, next_run, loads)) = begun else {
                return Ok(());
            };
            let builder = RunBuilder::new(merge.run, merge.entries);
            self.merge_into(merge.old, builder, next_run, loads)?;
        }
    }

    fn merge_into(
        &self,
        old: Vec<(u64, u32)>,
        mut builder: RunBuilder,
        next_run: u64,
        loads: u64,
    ) -> Result<(), StoreError> {
        let (run, entries) = builder.id();
        self.write(move |transaction| apply::add_run(transaction, run, entries, false))?;
        // Nobody changes the pages of runs but this thread.
        self.readers.with(|connection| {
            merge_runs(&old, &mut builder, &SqliteRows(connection), |pages| {
                self.write(move |transaction| apply::pages(transaction, run, &pages))
            })
        })?;
        let (pages, chunks, meta) = builder.finish();
        for (first, chunk) in chunks.chunks(32).enumerate() {
            let chunk = chunk.to_vec();
            self.write(move |transaction| apply::filter(transaction, run, first * 32, &chunk))?;
        }
        self.step(move |writer| {
            writer.live()?;
            if writer.loads != loads {
                return Ok(()); // it is swept before the next merge
            }
            writer.transact(|transaction| {
                apply::pages(transaction, run, &pages)?;
                apply::replace_runs(transaction, &old, run, next_run)
            })?;
            writer.live()?.merged(&old, meta);
            Ok(())
        })
    }

    fn delete_run(&self, run: u64) -> Result<(), StoreError> {
        while !self.write(move |transaction| apply::delete_run_slice(transaction, run))? {}
        Ok(())
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.step(move |writer| in_transaction(&mut writer.connection, work))
    }

    /// Rolls up anew what was rolled up before the meters changed. Reports
    /// are exact meanwhile: they read the segments of stale days.
    pub(crate) fn reroll(&self) -> Result<(), StoreError> {
        const AT_ONCE: usize = 64;
        let stale = self.readers.snapshot(|connection| {
            let meters = self.meters.current(connection)?;
            let mut stale = stale_rollups(connection, meters.epoch())?;
            stale.retain(|(_, day, epoch)| is_stale(*epoch, *day, &meters));
            Ok(stale)
        })?;
        for days in stale.chunks(AT_ONCE) {
            if self.shared.fold.stopping() {
                return Ok(());
            }
            let _alone = self.shared.rolling();
            let rolled = self.readers.snapshot(|connection| {
                let meters = self.meters.current(connection)?;
                let rows = SqliteRows(connection);
                let mut rolled = Vec::new();
                for (organization, day, _) in days {
                    rolled.extend(reroll(*organization, *day, &meters, &rows)?);
                }
                Ok(rolled)
            })?;
            self.write(move |transaction| apply::rollups(transaction, &rolled))?;
        }
        Ok(())
    }

    /// Moves the write-ahead log into the database: most of it beside the
    /// writer, the rest, written meanwhile, between two of its commits, so
    /// that the log can begin anew.
    fn checkpoint(&self) -> Result<(), StoreError> {
        self.readers.checkpoint()?;
        self.step(|writer| {
            writer
                .connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            Ok(())
        })
    }
}
