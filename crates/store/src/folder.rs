//! The background thread of a ledger: folds, merges of identity runs,
//! re-rolls after a change of meters, checkpoints.
//!
//! It reads on connections of its own and hands the writer finished rows in
//! short slices, so that an acknowledgement never waits for its computing.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{
    Extent, FoldJob, FoldWrites, Partition, RollupWrite, RunBuilder, SegmentWrite, fold,
    merge_runs, reroll, runs_to_merge,
};

use crate::apply;
use crate::error::StoreError;
use crate::fault;
use crate::meters::Meters;
use crate::queue::Queue;
use crate::rows::StoredRows;
use crate::sql::Sql;
use crate::sqlite::{Readers, in_transaction};
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
pub(crate) struct Folder {
    pub(crate) readers: Readers,
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
    epoch: u64,
}

/// Identity runs to merge into one.
#[derive(Default)]
struct Mergeable {
    /// Numbers and pages of the runs.
    old: Vec<(u64, u32)>,
    /// Entries of all of them.
    entries: u64,
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

    /// Folds every partition if so many events are unfolded; else those with
    /// corrections.
    pub(crate) fn fold_if(&self, worth: u64) -> Result<(), StoreError> {
        let _alone = self.shared.rolling();
        let worth_it = self.shared.unfolded() >= worth;
        for partition in self.shared.partitions.all() {
            if worth_it || self.shared.tail(partition).lock().corrects() {
                while !self.try_fold(partition)? {}
            }
        }
        Ok(())
    }

    /// Folds what there is; `false` if something has changed meanwhile.
    fn try_fold(&self, partition: Partition) -> Result<bool, StoreError> {
        match self.compute(partition)? {
            Some(computed) => self.store(partition, computed),
            // A writer that waits for a fold looks again: one may have been
            // stored that seemed to fail.
            None => self.step(|_| Ok(true)),
        }
    }

    /// What a fold of all that is unfolded writes, if there is anything.
    fn compute(&self, partition: Partition) -> Result<Option<Computed>, StoreError> {
        self.readers.snapshot(|sql| {
            let rows = StoredRows::new(*sql, partition);
            let extent = rows.extent()?;
            let tail = self.shared.tail(partition);
            let batches = tail.at(&rows, &extent, |tail| tail.unfolded(&extent))?;
            let Some(job) = FoldJob::new(batches) else {
                return Ok(None);
            };
            fault::point("fold.begun")?;
            let meters = self.meters.current(sql)?;
            let writes = fold(&job, &meters, &self.shared.directories, &rows)?;
            Ok(Some(Computed {
                writes,
                extent,
                epoch: meters.epoch(),
            }))
        })
    }

    /// Stores a fold, unless something has changed under it. If it were the
    /// meters, it would take from sight what reads already know of its events.
    fn store(&self, partition: Partition, computed: Computed) -> Result<bool, StoreError> {
        fault::point("fold.computed")?;
        let meters = Arc::clone(&self.meters);
        let Computed {
            mut writes,
            extent,
            epoch,
        } = computed;
        self.step(move |writer| {
            let sql = Sql::sqlite(&writer.connection);
            let now = StoredRows::new(sql, partition).extent()?;
            if !extent.may_store_at(&now) || meters.current(&sql)?.epoch() != epoch {
                return Ok(false);
            }
            // Also if it is durable and says that it has failed.
            let corrected = writes.voids.iter();
            let corrected = corrected.map(|(organization, row)| (*organization, row.day));
            writer.shared.stale().extend(corrected);
            let run = writer.transact(["fold.written", "fold.durable"], |tx| {
                apply::fold(tx, partition, &writes)
            })?;
            let size = |segment: &SegmentWrite| segment.blob.len() + segment.data.len();
            writer.wrote(writes.segments.iter().map(size).sum());
            writer.made(partition, run, writes.run.take())?;
            // A reader meets the folded events in both places until the tail
            // is pruned, and cuts them off the tail.
            let _ = fault::point("fold.learnt");
            writer.shared.tail(partition).lock().prune(writes.upto);
            Ok(true)
        })
    }

    pub(crate) fn merge(&self) -> Result<(), StoreError> {
        let _alone = self.shared.merging();
        let mut partitions = self.shared.partitions.all();
        partitions.try_for_each(|partition| self.merge_in(partition))
    }

    fn merge_in(&self, partition: Partition) -> Result<(), StoreError> {
        loop {
            for run in self
                .readers
                .snapshot(|sql| StoredRows::new(*sql, partition).superseded_runs())?
            {
                self.delete_run(partition, run)?;
            }
            if self.shared.fold.stopping() {
                return Ok(());
            }
            let Some(Mergeable { old, entries }) = self.mergeable(partition)? else {
                return Ok(());
            };
            let run = self.write(0, move |tx| {
                let run = apply::take_run(tx, partition)?;
                apply::add_run(tx, partition, run, entries, false)?;
                Ok(run)
            })?;
            self.merge_into(partition, old, RunBuilder::new(run, entries))?;
        }
    }

    /// Runs to merge, if enough of one size have come together.
    fn mergeable(&self, partition: Partition) -> Result<Option<Mergeable>, StoreError> {
        self.readers.snapshot(|sql| {
            let rows = StoredRows::new(*sql, partition);
            let runs = rows.live_runs()?;
            let Some(chosen) = runs_to_merge(&runs) else {
                return Ok(None);
            };
            let mut mergeable = Mergeable::default();
            for (run, entries) in runs.into_iter().filter(|(run, _)| chosen.contains(run)) {
                mergeable.old.push((run, rows.run_pages(run)?));
                mergeable.entries += entries;
            }
            Ok(Some(mergeable))
        })
    }

    fn merge_into(
        &self,
        partition: Partition,
        old: Vec<(u64, u32)>,
        mut builder: RunBuilder,
    ) -> Result<(), StoreError> {
        let (run, _) = builder.id();
        fault::point("merge.begun")?;
        // Nobody changes the pages of runs but this thread.
        self.readers.with(|connection| {
            merge_runs(
                &old,
                &mut builder,
                &StoredRows::new(Sql::sqlite(connection), partition),
                |pages| {
                    let bytes = pages.iter().map(|page| page.blob.len()).sum();
                    self.write(bytes, move |tx| apply::pages(tx, partition, run, &pages))?;
                    fault::point("merge.pieces")
                },
            )
        })?;
        let (pages, chunks, meta) = builder.finish();
        for (first, chunk) in (0_u64..).zip(chunks.chunks(32)) {
            let chunk = chunk.to_vec();
            let bytes = chunk.iter().map(Vec::len).sum();
            self.write(bytes, move |tx| {
                apply::filter(tx, partition, run, first * 32, &chunk)
            })?;
            fault::point("merge.pieces")?;
        }
        self.step(move |writer| {
            writer.transact(["merge.written", "merge.durable"], |tx| {
                apply::pages(tx, partition, run, &pages)?;
                apply::replace_runs(tx, partition, &old, run)
            })?;
            writer.made(partition, run, Some(meta))
        })
    }

    fn delete_run(&self, partition: Partition, run: u64) -> Result<(), StoreError> {
        loop {
            let done = self.write(0, move |tx| apply::delete_run_slice(tx, partition, run))?;
            fault::point("merge.swept")?;
            if done {
                return Ok(());
            }
        }
    }

    /// Has the writer run a transaction, which writes about so many bytes.
    fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Sql<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.step(move |writer| {
            let value = in_transaction(&mut writer.connection, work)?;
            writer.wrote(bytes);
            Ok(value)
        })
    }

    /// Finds what was rolled up before the meters changed, or before a
    /// correction came, and a crash kept from being rolled up anew.
    pub(crate) fn find_stale(&self) -> Result<(), StoreError> {
        let stale = self.readers.snapshot(|sql| {
            let meters = self.meters.current(sql)?;
            let mut stale = Vec::new();
            for partition in self.shared.partitions.all() {
                stale.extend(StoredRows::new(*sql, partition).stale_rollups(&meters)?);
            }
            Ok(stale)
        })?;
        self.shared.stale().extend(stale);
        Ok(())
    }

    /// Rolls stale days up anew until there is none, or other work waits for it.
    /// Reports are exact meanwhile: they read the segments of stale days.
    fn reroll(&self) -> Result<(), StoreError> {
        while !self.reroll_some()? && !self.shared.fold.pressing() {}
        Ok(())
    }

    /// Rolls some stale days up anew, and says whether none is left.
    pub(crate) fn reroll_some(&self) -> Result<bool, StoreError> {
        const AT_ONCE: usize = 64;
        let _alone = self.shared.rolling();
        let days: Vec<(OrganizationId, Day)> = {
            let stale = self.shared.stale();
            stale.iter().take(AT_ONCE).copied().collect()
        };
        let (rolled, done) = self.rolled(&days)?;
        if !rolled.is_empty() {
            fault::point("reroll.computed")?;
            let bytes = rolled.iter().map(|rollup| rollup.blob.len()).sum();
            let partitions = self.shared.partitions;
            let mut shares: BTreeMap<Partition, Vec<RollupWrite>> = BTreeMap::new();
            for rollup in rolled {
                let of = partitions.of(rollup.organization);
                shares.entry(of).or_default().push(rollup);
            }
            self.write(bytes, move |tx| {
                for (partition, rolled) in &shares {
                    apply::rerolled(tx, *partition, rolled)?;
                }
                fault::point("reroll.written")
            })?;
            fault::point("reroll.durable")?;
        }
        let mut stale = self.shared.stale();
        days.iter().take(done).for_each(|day| {
            stale.remove(day);
        });
        Ok(stale.is_empty())
    }

    /// Computes some days, until other work waits; how many of them are done.
    fn rolled(
        &self,
        days: &[(OrganizationId, Day)],
    ) -> Result<(Vec<RollupWrite>, usize), StoreError> {
        self.readers.snapshot(|sql| {
            let meters = self.meters.current(sql)?;
            let (mut rolled, mut done) = (Vec::new(), 0);
            for (organization, day) in days {
                let partition = self.shared.partitions.of(*organization);
                let rows = StoredRows::new(*sql, partition);
                match reroll(*organization, *day, &meters, &rows) {
                    Ok(writes) => rolled.extend(writes),
                    // It stays as it is, and is in nobody's way: reads of it
                    // name the damage, and the next search finds it again.
                    Err(error @ StoreError::Corrupt { .. }) => self.report("re-roll", Err(error)),
                    Err(error) => return Err(error),
                }
                done += 1;
                if self.shared.fold.pressing() {
                    break;
                }
            }
            Ok((rolled, done))
        })
    }

    /// Moves the write-ahead log into the database: most of it beside the
    /// writer, the rest, written meanwhile, between two of its commits, so
    /// that the log can begin anew.
    fn checkpoint(&self) -> Result<(), StoreError> {
        fault::point("checkpoint.begun")?;
        self.readers.checkpoint()?;
        fault::point("checkpoint.half")?;
        self.step(|writer| {
            writer
                .connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
            Ok(())
        })
    }
}
