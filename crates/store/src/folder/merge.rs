//! Merging identity runs, so that few are asked about an event.

use exchequer_ledger::{Partition, RunBuilder, merge_runs, runs_to_merge};

use super::Folder;
use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::limits::STORED_CHUNKS;
use crate::postgres::Postgres;
use crate::rows::StoredRows;
use crate::sql::Snapshot;
use crate::sqlite::Readers;

/// Identity runs to merge into one.
#[derive(Default)]
struct Mergeable {
    /// Numbers and pages of the runs.
    old: Vec<(u64, u32)>,
    /// Entries of all of them.
    entries: u64,
}

impl Mergeable {
    /// Chooses some of these runs, if enough of one size have come together.
    fn choose(runs: Vec<(u64, u64)>, rows: &StoredRows<'_>) -> Result<Option<Self>, StoreError> {
        let Some(chosen) = runs_to_merge(&runs) else {
            return Ok(None);
        };
        let mut mergeable = Self::default();
        for (run, entries) in runs.into_iter().filter(|(run, _)| chosen.contains(run)) {
            mergeable.old.push((run, rows.run_pages(run)?));
            mergeable.entries += entries;
        }
        Ok(Some(mergeable))
    }
}

impl Folder {
    /// Merges identity runs in all partitions, until nothing is left to merge.
    pub(crate) fn merge(&self) -> Result<(), StoreError> {
        let _alone = self.shared.merging();
        let mut outcome = Ok(());
        for partition in self.shared.partitions.all() {
            // A failure in one partition does not keep the others.
            outcome = outcome.and(self.merge_in(partition));
            if self.shared.fold.is_stopping() {
                break;
            }
        }
        outcome
    }

    fn merge_in(&self, partition: Partition) -> Result<(), StoreError> {
        loop {
            let merged = match &self.snapshots {
                Snapshots::Sqlite(readers) => self.merge_in_pieces(readers, partition)?,
                Snapshots::Postgres(postgres) => self.merge_at_once(postgres, partition)?,
            };
            if !merged || self.shared.fold.is_stopping() {
                return Ok(());
            }
        }
    }

    /// Merges in one transaction, beside commits and folds. Runs that another
    /// node merges are left to it. Returns whether there was anything to merge.
    ///
    /// A merge in pieces would leave pages of a run that is not live yet, and
    /// no node could tell whether another one still works on it or has died.
    fn merge_at_once(&self, postgres: &Postgres, partition: Partition) -> Result<bool, StoreError> {
        // Asked first without a lock, because mostly there is nothing to do.
        let is_due = |db: &Snapshot<'_>| {
            let rows = StoredRows::new(*db, partition);
            Ok(runs_to_merge(&rows.live_runs()?).is_some())
        };
        if !postgres.snapshot(is_due)? {
            return Ok(false);
        }
        // In a transaction of its own: the number comes from the row that a fold
        // changes, which would wait as long as the merge takes.
        let run = postgres.change(|tx| apply::runs::take(tx, partition))?;
        fault::point("merge.begun")?;
        let meta = postgres.change(|tx| {
            let rows = StoredRows::new(**tx, partition);
            let Some(Mergeable { old, entries }) = Mergeable::choose(rows.lock_runs()?, &rows)?
            else {
                return Ok(None);
            };
            let mut builder = RunBuilder::new(run, entries);
            merge_runs(&old, &mut builder, &rows, |pages| {
                fault::point("merge.pieces")?;
                apply::runs::add_pages(tx, partition, run, &pages)
            })?;
            let (pages, chunks, meta) = builder.finish();
            apply::runs::add_pages(tx, partition, run, &pages)?;
            apply::runs::add_filter(tx, partition, run, 0, &chunks)?;
            apply::runs::add(tx, partition, run, entries, true)?;
            for (old, _) in &old {
                apply::runs::delete(tx, partition, *old)?;
            }
            apply::runs::note_change(tx, partition)?;
            fault::point("merge.written")?;
            Ok(Some(meta))
        })?;
        fault::point("merge.durable")?;
        let merged = meta.is_some();
        self.step(move |writer| writer.catch_up(partition, meta))?;
        Ok(merged)
    }

    /// Merges in transactions that are short, since nobody can commit beside
    /// them; only the last one makes the merged run live. Returns whether there
    /// was anything to merge.
    fn merge_in_pieces(&self, readers: &Readers, partition: Partition) -> Result<bool, StoreError> {
        // Left by the merge before, or by one that a crash has cut short.
        let superseded =
            readers.snapshot(|db| StoredRows::new(*db, partition).superseded_runs())?;
        for run in superseded {
            self.delete_run(partition, run)?;
        }
        let mergeable = readers.snapshot(|db| {
            let rows = StoredRows::new(*db, partition);
            Mergeable::choose(rows.live_runs()?, &rows)
        })?;
        let Some(Mergeable { old, entries }) = mergeable else {
            return Ok(false);
        };
        let run = self.write(0, move |tx| {
            let run = apply::runs::take(tx, partition)?;
            apply::runs::add(tx, partition, run, entries, false)?;
            Ok(run)
        })?;
        self.merge_into(readers, partition, old, RunBuilder::new(run, entries))?;
        Ok(true)
    }

    /// Writes the merged pages of some runs, and then the run that replaces them.
    fn merge_into(
        &self,
        readers: &Readers,
        partition: Partition,
        old: Vec<(u64, u32)>,
        mut builder: RunBuilder,
    ) -> Result<(), StoreError> {
        let (run, _) = builder.id();
        fault::point("merge.begun")?;
        // Without a transaction around it, which would keep the write-ahead log
        // from being reused for as long as the merge takes. Nobody but this
        // thread changes the pages of runs.
        readers.with(|connection| {
            merge_runs(
                &old,
                &mut builder,
                &StoredRows::new(Snapshot::sqlite(connection), partition),
                |pages| {
                    let bytes = pages.iter().map(|page| page.blob.len()).sum();
                    self.write(bytes, move |tx| {
                        apply::runs::add_pages(tx, partition, run, &pages)
                    })?;
                    fault::point("merge.pieces")
                },
            )
        })?;
        let (pages, chunks, meta) = builder.finish();
        for (first, chunk) in (0..)
            .step_by(STORED_CHUNKS)
            .zip(chunks.chunks(STORED_CHUNKS))
        {
            let chunk = chunk.to_vec();
            let bytes = chunk.iter().map(Vec::len).sum();
            self.write(bytes, move |tx| {
                apply::runs::add_filter(tx, partition, run, first, &chunk)
            })?;
            fault::point("merge.pieces")?;
        }
        self.change(
            0,
            ["merge.written", "merge.durable"],
            move |tx| {
                apply::runs::add_pages(tx, partition, run, &pages)?;
                apply::runs::replace(tx, partition, &old, run)
            },
            move |writer, ()| writer.catch_up(partition, Some(meta)),
        )
    }

    /// Deletes a run that is not live, some pages a transaction.
    fn delete_run(&self, partition: Partition, run: u64) -> Result<(), StoreError> {
        loop {
            let done = self.write(0, move |tx| apply::runs::delete_slice(tx, partition, run))?;
            fault::point("merge.swept")?;
            if done {
                return Ok(());
            }
        }
    }
}
