//! Storing what a fold, a merge of runs or a re-roll has computed.

use exchequer_ledger::{FoldWrites, RollupWrite, RunPage};
use rusqlite::{Transaction, params};

use crate::error::StoreError;
use crate::rows::PARTITION;
use crate::writer::signed;

/// Stores a fold; the journal rows that it replaces go with it.
pub(crate) fn fold(
    transaction: &Transaction<'_>,
    writes: &FoldWrites,
    next_run: u64,
) -> Result<(), StoreError> {
    segments(transaction, writes)?;
    subjects(transaction, writes)?;
    rollups(transaction, &writes.rollups)?;
    if let Some(run) = &writes.run {
        add_run(transaction, run.run, run.entries, true)?;
        pages(transaction, run.run, &writes.pages)?;
        filter(transaction, run.run, 0, &writes.filter)?;
    }
    let upto = signed(writes.upto);
    transaction
        .prepare_cached("DELETE FROM journal WHERE partition = $1 AND seq <= $2")?
        .execute(params![PARTITION, upto])?;
    transaction
        .prepare_cached(
            "UPDATE ledger SET folded = $1, next_run = max(next_run, $2) WHERE partition = $3",
        )?
        .execute(params![upto, next_run as i64, PARTITION])?;
    Ok(())
}

fn segments(transaction: &Transaction<'_>, writes: &FoldWrites) -> Result<(), StoreError> {
    let mut absorb = transaction.prepare_cached(
        "DELETE FROM segment
         WHERE partition = $1 AND organization = $2 AND day = $3 AND part = $4",
    )?;
    for (organization, day, part) in &writes.absorbed {
        absorb.execute(params![
            PARTITION,
            organization.as_bytes(),
            day.number(),
            part
        ])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO segment (partition, organization, day, part, events, min_time, max_time,
                              min_seq, max_seq, blob, data)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )?;
    for segment in &writes.segments {
        insert.execute(params![
            PARTITION,
            segment.organization.as_bytes(),
            segment.day.number(),
            segment.part,
            segment.events,
            segment.times.0.micros(),
            segment.times.1.micros(),
            signed(segment.seqs.0),
            signed(segment.seqs.1),
            segment.blob,
            segment.data,
        ])?;
    }
    Ok(())
}

fn subjects(transaction: &Transaction<'_>, writes: &FoldWrites) -> Result<(), StoreError> {
    let mut upsert = transaction.prepare_cached(
        "INSERT INTO subject (partition, organization, block, subjects, blob)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (partition, organization, block)
         DO UPDATE SET subjects = excluded.subjects, blob = excluded.blob",
    )?;
    for block in &writes.subjects {
        upsert.execute(params![
            PARTITION,
            block.organization.as_bytes(),
            block.block,
            block.subjects,
            block.blob,
        ])?;
    }
    Ok(())
}

/// Stores rollups in place of those of their days.
pub(crate) fn rollups(
    transaction: &Transaction<'_>,
    rollups: &[RollupWrite],
) -> Result<(), StoreError> {
    let mut upsert = transaction.prepare_cached(
        "INSERT INTO rollup (partition, organization, day, epoch, last_seq, blob)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (partition, organization, day)
         DO UPDATE SET epoch = excluded.epoch, last_seq = excluded.last_seq,
                       blob = excluded.blob",
    )?;
    for rollup in rollups {
        upsert.execute(params![
            PARTITION,
            rollup.organization.as_bytes(),
            rollup.day.number(),
            rollup.epoch as i64,
            rollup.last_seq as i64,
            rollup.blob,
        ])?;
    }
    Ok(())
}

/// Adds a run; its pages count only once it is live.
pub(crate) fn add_run(
    transaction: &Transaction<'_>,
    run: u64,
    entries: u64,
    live: bool,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO identity_run (partition, run, entries, live) VALUES ($1, $2, $3, $4)",
        )?
        .execute(params![PARTITION, run as i64, entries as i64, live])?;
    Ok(())
}

pub(crate) fn pages(
    transaction: &Transaction<'_>,
    run: u64,
    pages: &[RunPage],
) -> Result<(), StoreError> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO identity_page (partition, run, page, lowest, blob)
         VALUES ($1, $2, $3, $4, $5)",
    )?;
    for page in pages {
        let lowest = page.lowest as i64;
        insert.execute(params![PARTITION, run as i64, page.page, lowest, page.blob])?;
    }
    Ok(())
}

pub(crate) fn filter(
    transaction: &Transaction<'_>,
    run: u64,
    first: usize,
    chunks: &[Vec<u8>],
) -> Result<(), StoreError> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO identity_filter (partition, run, chunk, blob) VALUES ($1, $2, $3, $4)",
    )?;
    for (chunk, blob) in (first..).zip(chunks) {
        insert.execute(params![PARTITION, run as i64, chunk as i64, blob])?;
    }
    Ok(())
}

/// Makes a merged run count in place of its sources.
pub(crate) fn replace_runs(
    transaction: &Transaction<'_>,
    old: &[(u64, u32)],
    new: u64,
    next_run: u64,
) -> Result<(), StoreError> {
    let mut live = transaction
        .prepare_cached("UPDATE identity_run SET live = $1 WHERE partition = $2 AND run = $3")?;
    live.execute(params![true, PARTITION, new as i64])?;
    for (run, _) in old {
        live.execute(params![false, PARTITION, *run as i64])?;
    }
    transaction
        .prepare_cached("UPDATE ledger SET next_run = max(next_run, $1) WHERE partition = $2")?
        .execute(params![next_run as i64, PARTITION])?;
    Ok(())
}

/// Deletes some pages of a run that does not count; when none is left, the
/// run itself. Says whether it is gone.
pub(crate) fn delete_run_slice(
    transaction: &Transaction<'_>,
    run: u64,
) -> Result<bool, StoreError> {
    const SLICE: usize = 512;
    let deleted = transaction
        .prepare_cached(
            "DELETE FROM identity_page WHERE partition = $1 AND run = $2 AND page IN
             (SELECT page FROM identity_page WHERE partition = $1 AND run = $2 LIMIT $3)",
        )?
        .execute(params![PARTITION, run as i64, SLICE as i64])?;
    if deleted == SLICE {
        return Ok(false);
    }
    for statement in [
        "DELETE FROM identity_filter WHERE partition = $1 AND run = $2",
        "DELETE FROM identity_run WHERE partition = $1 AND run = $2 AND live = 0",
    ] {
        transaction
            .prepare_cached(statement)?
            .execute(params![PARTITION, run as i64])?;
    }
    Ok(true)
}
