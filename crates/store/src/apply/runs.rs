//! Storing identity runs: their pages, their filters, and which of them are live.

use exchequer_ledger::{Partition, RunPage};

use super::changed::expect_rows;
use crate::error::StoreError;
use crate::limits::DELETED_PAGES;
use crate::sql::{Each, Transaction, Value, params};

/// Adds a run. Its pages are read only once it is live.
pub(crate) fn add(
    tx: &Transaction<'_>,
    partition: Partition,
    run: u64,
    entries: u64,
    live: bool,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO identity_run (partition, run, entries, live) VALUES ($1, $2, $3, $4)",
        params![partition.number(), run, entries, live],
    )?;
    Ok(())
}

/// Adds pages to a run.
pub(crate) fn add_pages(
    tx: &Transaction<'_>,
    partition: Partition,
    run: u64,
    pages: &[RunPage],
) -> Result<(), StoreError> {
    const PAGE: Each = Each {
        one: "INSERT INTO identity_page (partition, run, page, lowest, blob)
             VALUES ($1, $2, $3, $4, $5)",
        many: "INSERT INTO identity_page (partition, run, page, lowest, blob)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
                 $5::bytea[])",
    };
    let pages = pages.iter().map(|page| {
        [
            Value::number(partition.number()),
            Value::number(run),
            Value::number(page.page),
            // A hash uses all of its bits.
            Value::number(page.lowest as i64),
            Value::blob(&page.blob),
        ]
    });
    tx.execute_each(PAGE, &pages.collect::<Vec<_>>())?;
    Ok(())
}

/// Adds chunks to the filter of a run, numbered from `first` on.
pub(crate) fn add_filter(
    tx: &Transaction<'_>,
    partition: Partition,
    run: u64,
    first: u64,
    chunks: &[Vec<u8>],
) -> Result<(), StoreError> {
    const CHUNK: Each = Each {
        one: "INSERT INTO identity_filter (partition, run, chunk, blob) VALUES ($1, $2, $3, $4)",
        many: "INSERT INTO identity_filter (partition, run, chunk, blob)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
    };
    let chunks = (first..).zip(chunks).map(|(chunk, blob)| {
        [
            Value::number(partition.number()),
            Value::number(run),
            Value::number(chunk),
            Value::blob(blob),
        ]
    });
    tx.execute_each(CHUNK, &chunks.collect::<Vec<_>>())?;
    Ok(())
}

/// Makes a merged run live in place of the runs that it was made from.
pub(crate) fn replace(
    tx: &Transaction<'_>,
    partition: Partition,
    old: &[(u64, u32)],
    new: u64,
) -> Result<(), StoreError> {
    let set_live = |run: u64, live: bool| {
        let changed = tx.execute(
            "UPDATE identity_run SET live = $1 WHERE partition = $2 AND run = $3",
            params![live, partition.number(), run],
        )?;
        expect_rows("identity_run", changed, 1)
    };
    set_live(new, true)?;
    for (run, _) in old {
        set_live(*run, false)?;
    }
    note_change(tx, partition)
}

/// Notes that other runs are live now. Writers compare the number before each
/// commit, and read the runs again.
pub(crate) fn note_change(tx: &Transaction<'_>, partition: Partition) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE ledger SET run_changes = run_changes + 1 WHERE partition = $1",
        params![partition.number()],
    )?;
    expect_rows("ledger", changed, 1)
}

/// Takes a number for a run, which no other run gets.
pub(crate) fn take(tx: &Transaction<'_>, partition: Partition) -> Result<u64, StoreError> {
    let statement = "UPDATE ledger SET next_run = next_run + 1 WHERE partition = $1
         RETURNING next_run - 1";
    tx.one(statement, params![partition.number()], |row| row.get(0))
}

/// Deletes some pages of a run that is not live; when none is left, the run
/// itself. Returns whether the run is gone.
pub(crate) fn delete_slice(
    tx: &Transaction<'_>,
    partition: Partition,
    run: u64,
) -> Result<bool, StoreError> {
    let deleted = tx.execute(
        "DELETE FROM identity_page WHERE partition = $1 AND run = $2 AND page IN
         (SELECT page FROM identity_page WHERE partition = $1 AND run = $2 LIMIT $3)",
        params![partition.number(), run, DELETED_PAGES],
    )?;
    if deleted == DELETED_PAGES as usize {
        return Ok(false);
    }
    delete(tx, partition, run)?;
    Ok(true)
}

/// Deletes a run with its pages and its filter.
pub(crate) fn delete(
    tx: &Transaction<'_>,
    partition: Partition,
    run: u64,
) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM identity_page WHERE partition = $1 AND run = $2",
        "DELETE FROM identity_filter WHERE partition = $1 AND run = $2",
    ] {
        tx.execute(statement, params![partition.number(), run])?;
    }
    let statement = "DELETE FROM identity_run WHERE partition = $1 AND run = $2";
    let deleted = tx.execute(statement, params![partition.number(), run])?;
    expect_rows("identity_run", deleted, 1)
}
