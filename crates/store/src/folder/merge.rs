//! Merging identity runs, so that few are asked about an event.

use exchequer_ledger::{Partition, RunBuilder, merge_runs, runs_to_merge};

use super::Folder;
use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::postgres::Postgres;
use crate::rows::StoredRows;
use crate::sql::{Sql, params};
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
    /// Some of these runs, if enough of one size have come together.
    fn of(runs: Vec<(u64, u64)>, rows: &StoredRows<'_>) -> Result<Option<Self>, StoreError> {
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
    pub(crate) fn merge(&self) -> Result<(), StoreError> {
        let _alone = self.shared.merging();
        let mut outcome = Ok(());
        for partition in self.shared.partitions.all() {
            // What fails in one does not keep the others.
            outcome = outcome.and(self.merge_in(partition));
            if self.shared.fold.stopping() {
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
            if !merged || self.shared.fold.stopping() {
                return Ok(());
            }
        }
    }

    /// Merges in one transaction, beside commits and folds. Runs that another
    /// node merges are left to it.
    fn merge_at_once(&self, postgres: &Postgres, partition: Partition) -> Result<bool, StoreError> {
        let look = |sql: &Sql<'_>| {
            let rows = StoredRows::new(*sql, partition);
            Ok(runs_to_merge(&rows.live_runs()?).is_some())
        };
        if !postgres.snapshot(look)? {
            return Ok(false);
        }
        // Apart, for its lock: a fold would wait for it.
        let run = postgres.change(|tx| apply::take_run(tx, partition))?;
        fault::point("merge.begun")?;
        let meta = postgres.change(|tx| {
            let rows = StoredRows::new(*tx, partition);
            let Some(Mergeable { old, entries }) = Mergeable::of(lock_runs(&rows)?, &rows)? else {
                return Ok(None);
            };
            let mut builder = RunBuilder::new(run, entries);
            merge_runs(&old, &mut builder, &rows, |pages| {
                fault::point("merge.pieces")?;
                apply::pages(tx, partition, run, &pages)
            })?;
            let (pages, chunks, meta) = builder.finish();
            apply::pages(tx, partition, run, &pages)?;
            apply::filter(tx, partition, run, 0, &chunks)?;
            apply::add_run(tx, partition, run, entries, true)?;
            for (old, _) in &old {
                apply::delete_run(tx, partition, *old)?;
            }
            apply::runs_changed(tx, partition)?;
            fault::point("merge.written")?;
            Ok(Some(meta))
        })?;
        fault::point("merge.durable")?;
        let merged = meta.is_some();
        self.step(move |writer| writer.catch_up(partition, meta))?;
        Ok(merged)
    }

    /// Merges in transactions that are short, since nobody can commit beside
    /// them; only the last one makes it count.
    fn merge_in_pieces(&self, readers: &Readers, partition: Partition) -> Result<bool, StoreError> {
        let superseded =
            readers.snapshot(|sql| StoredRows::new(*sql, partition).superseded_runs())?;
        for run in superseded {
            self.delete_run(partition, run)?;
        }
        let mergeable = readers.snapshot(|sql| {
            let rows = StoredRows::new(*sql, partition);
            Mergeable::of(rows.live_runs()?, &rows)
        })?;
        let Some(Mergeable { old, entries }) = mergeable else {
            return Ok(false);
        };
        let run = self.write(0, move |tx| {
            let run = apply::take_run(tx, partition)?;
            apply::add_run(tx, partition, run, entries, false)?;
            Ok(run)
        })?;
        self.merge_into(readers, partition, old, RunBuilder::new(run, entries))?;
        Ok(true)
    }

    fn merge_into(
        &self,
        readers: &Readers,
        partition: Partition,
        old: Vec<(u64, u32)>,
        mut builder: RunBuilder,
    ) -> Result<(), StoreError> {
        let (run, _) = builder.id();
        fault::point("merge.begun")?;
        // Nobody changes the pages of runs but this thread.
        readers.with(|connection| {
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
        self.change(
            0,
            ["merge.written", "merge.durable"],
            move |tx| {
                apply::pages(tx, partition, run, &pages)?;
                apply::replace_runs(tx, partition, &old, run)
            },
            move |writer, ()| writer.catch_up(partition, Some(meta)),
        )
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
}

/// The runs that count and that no other node merges; nobody else does until
/// the transaction ends.
fn lock_runs(rows: &StoredRows<'_>) -> Result<Vec<(u64, u64)>, StoreError> {
    let query = "SELECT run, entries FROM identity_run
         WHERE partition = $1 AND live = 1 ORDER BY run FOR UPDATE SKIP LOCKED";
    rows.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
}
