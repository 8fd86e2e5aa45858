//! Storing what a commit, a fold, a merge of runs or a re-roll has computed.

use exchequer_core::OrganizationId;
use exchequer_ledger::{FoldWrites, JournalRow, Partition, RollupWrite, RunPage, VoidRow};

use crate::error::StoreError;
use crate::sql::{Sql, params};

/// Stores a fold; the journal rows that it replaces go with it. The number of
/// its run.
pub(crate) fn fold(
    tx: &Sql<'_>,
    partition: Partition,
    writes: &FoldWrites,
) -> Result<u64, StoreError> {
    segments(tx, partition, writes)?;
    subjects(tx, partition, writes)?;
    rollups(tx, partition, &writes.rollups)?;
    voids(tx, partition, &writes.voids)?;
    let run = take_run(tx, partition)?;
    if let Some(meta) = &writes.run {
        add_run(tx, partition, run, meta.entries, true)?;
        pages(tx, partition, run, &writes.pages)?;
        filter(tx, partition, run, 0, &writes.filter)?;
    }
    let upto = writes.upto.number();
    tx.execute(
        "DELETE FROM journal WHERE partition = $1 AND seq <= $2",
        params![partition.number(), upto],
    )?;
    tx.execute(
        "UPDATE ledger SET folded = $1, run_changes = run_changes + 1 WHERE partition = $2",
        params![upto, partition.number()],
    )?;
    Ok(run)
}

fn segments(tx: &Sql<'_>, partition: Partition, writes: &FoldWrites) -> Result<(), StoreError> {
    for (organization, day, part) in &writes.absorbed {
        tx.execute(
            "DELETE FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 AND part = $4",
            params![
                partition.number(),
                organization.as_bytes(),
                day.number(),
                part
            ],
        )?;
    }
    for segment in &writes.segments {
        tx.execute(
            "INSERT INTO segment (partition, organization, day, part, events, min_time, max_time,
                                  min_seq, max_seq, blob, data)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            params![
                partition.number(),
                segment.organization.as_bytes(),
                segment.day.number(),
                segment.part,
                segment.events,
                segment.times.0.micros(),
                segment.times.1.micros(),
                segment.seqs.0.number(),
                segment.seqs.1.number(),
                segment.blob,
                segment.data,
            ],
        )?;
    }
    Ok(())
}

fn subjects(tx: &Sql<'_>, partition: Partition, writes: &FoldWrites) -> Result<(), StoreError> {
    for block in &writes.subjects {
        tx.execute(
            "INSERT INTO subject (partition, organization, block, subjects, blob)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (partition, organization, block)
             DO UPDATE SET subjects = excluded.subjects, blob = excluded.blob",
            params![
                partition.number(),
                block.organization.as_bytes(),
                block.block,
                block.subjects,
                block.blob,
            ],
        )?;
    }
    Ok(())
}

/// Stores what was rolled up anew.
pub(crate) fn rerolled(
    tx: &Sql<'_>,
    partition: Partition,
    rolled: &[RollupWrite],
) -> Result<(), StoreError> {
    rollups(tx, partition, rolled)?;
    tx.execute(
        "UPDATE ledger SET rollup_changes = rollup_changes + 1 WHERE partition = $1",
        params![partition.number()],
    )?;
    Ok(())
}

/// Stores rollups in place of those of their days.
fn rollups(tx: &Sql<'_>, partition: Partition, rollups: &[RollupWrite]) -> Result<(), StoreError> {
    for rollup in rollups {
        tx.execute(
            "INSERT INTO rollup (partition, organization, day, epoch, last_seq, blob)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET epoch = excluded.epoch, last_seq = excluded.last_seq,
                           blob = excluded.blob",
            params![
                partition.number(),
                rollup.organization.as_bytes(),
                rollup.day.number(),
                rollup.epoch,
                rollup.last_seq,
                rollup.blob,
            ],
        )?;
    }
    Ok(())
}

fn voids(
    tx: &Sql<'_>,
    partition: Partition,
    voids: &[(OrganizationId, VoidRow)],
) -> Result<(), StoreError> {
    for (organization, row) in voids {
        tx.execute(
            "INSERT INTO void (partition, organization, day, last_seq, blob)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET last_seq = excluded.last_seq, blob = excluded.blob",
            params![
                partition.number(),
                organization.as_bytes(),
                row.day.number(),
                row.last_seq,
                row.blob,
            ],
        )?;
    }
    Ok(())
}

/// Adds a run; its pages count only once it is live.
pub(crate) fn add_run(
    tx: &Sql<'_>,
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

pub(crate) fn pages(
    tx: &Sql<'_>,
    partition: Partition,
    run: u64,
    pages: &[RunPage],
) -> Result<(), StoreError> {
    for page in pages {
        tx.execute(
            "INSERT INTO identity_page (partition, run, page, lowest, blob)
             VALUES ($1, $2, $3, $4, $5)",
            params![partition.number(), run, page.page, page.lowest, page.blob],
        )?;
    }
    Ok(())
}

pub(crate) fn filter(
    tx: &Sql<'_>,
    partition: Partition,
    run: u64,
    first: u64,
    chunks: &[Vec<u8>],
) -> Result<(), StoreError> {
    for (chunk, blob) in (first..).zip(chunks) {
        tx.execute(
            "INSERT INTO identity_filter (partition, run, chunk, blob) VALUES ($1, $2, $3, $4)",
            params![partition.number(), run, chunk, blob],
        )?;
    }
    Ok(())
}

/// Makes a merged run count in place of its sources.
pub(crate) fn replace_runs(
    tx: &Sql<'_>,
    partition: Partition,
    old: &[(u64, u32)],
    new: u64,
) -> Result<(), StoreError> {
    let live = |run: u64, live: bool| {
        tx.execute(
            "UPDATE identity_run SET live = $1 WHERE partition = $2 AND run = $3",
            params![live, partition.number(), run],
        )
    };
    live(new, true)?;
    for (run, _) in old {
        live(*run, false)?;
    }
    tx.execute(
        "UPDATE ledger SET run_changes = run_changes + 1 WHERE partition = $1",
        params![partition.number()],
    )?;
    Ok(())
}

/// A number for a run, which no other gets.
pub(crate) fn take_run(tx: &Sql<'_>, partition: Partition) -> Result<u64, StoreError> {
    let statement = "UPDATE ledger SET next_run = next_run + 1 WHERE partition = $1
         RETURNING next_run - 1";
    tx.one(statement, params![partition.number()], |row| row.get(0))
}

/// Stores the rows of a commit, which came at `received`; a clock that goes
/// back does not take the instants of commits along.
pub(crate) fn commit(
    tx: &Sql<'_>,
    partition: Partition,
    rows: &[JournalRow],
    received: i64,
) -> Result<(), StoreError> {
    let Some(last) = rows.last() else {
        return Ok(());
    };
    for row in rows {
        tx.execute(
            "INSERT INTO journal (partition, seq, events, blob) VALUES ($1, $2, $3, $4)",
            params![partition.number(), row.seq.number(), row.events, row.blob],
        )?;
    }
    tx.execute(
        "UPDATE head SET last = $1,
                         received = CASE WHEN received < $2 THEN $2 ELSE received END
         WHERE partition = $3",
        params![last.last().number(), received, partition.number()],
    )?;
    tx.execute(
        "INSERT INTO mark (partition, seq, received)
         SELECT partition, last, received FROM head WHERE partition = $1",
        params![partition.number()],
    )?;
    Ok(())
}

/// Deletes some pages of a run that does not count; when none is left, the
/// run itself. Says whether it is gone.
pub(crate) fn delete_run_slice(
    tx: &Sql<'_>,
    partition: Partition,
    run: u64,
) -> Result<bool, StoreError> {
    const SLICE: u32 = 512;
    let deleted = tx.execute(
        "DELETE FROM identity_page WHERE partition = $1 AND run = $2 AND page IN
         (SELECT page FROM identity_page WHERE partition = $1 AND run = $2 LIMIT $3)",
        params![partition.number(), run, SLICE],
    )?;
    if deleted == SLICE as usize {
        return Ok(false);
    }
    for statement in [
        "DELETE FROM identity_filter WHERE partition = $1 AND run = $2",
        "DELETE FROM identity_run WHERE partition = $1 AND run = $2 AND live = 0",
    ] {
        tx.execute(statement, params![partition.number(), run])?;
    }
    Ok(true)
}
