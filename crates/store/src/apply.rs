//! Storing what a commit, a fold, a merge of runs or a re-roll has computed.

use exchequer_core::OrganizationId;
use exchequer_ledger::{Commit, Extent, FoldWrites, Partition, RollupWrite, RunPage, VoidRow};

use crate::error::StoreError;
use crate::sql::{Sql, params};

/// Stores a fold in place of its journal rows, unless something has changed
/// since `extent`, from which it was computed. The number of its run, which
/// has so many entries.
pub(crate) fn fold(
    tx: &Sql<'_>,
    partition: Partition,
    writes: &FoldWrites,
    entries: Option<u64>,
    extent: &Extent,
) -> Result<Option<u64>, StoreError> {
    let upto = writes.upto.number();
    let moved = tx.execute(
        "UPDATE ledger SET folded = $1, run_changes = run_changes + 1
         WHERE partition = $2 AND folded = $3 AND rollup_changes = $4",
        params![
            upto,
            partition.number(),
            extent.folded.number(),
            extent.rollups
        ],
    )?;
    if moved == 0 {
        return Ok(None);
    }
    segments(tx, partition, writes)?;
    subjects(tx, partition, writes)?;
    rollups(tx, partition, &writes.rollups)?;
    voids(tx, partition, &writes.voids)?;
    let run = take_run(tx, partition)?;
    if let Some(entries) = entries {
        add_run(tx, partition, run, entries, true)?;
        pages(tx, partition, run, &writes.pages)?;
        filter(tx, partition, run, 0, &writes.filter)?;
    }
    tx.execute(
        "DELETE FROM journal WHERE partition = $1 AND seq <= $2",
        params![partition.number(), upto],
    )?;
    Ok(Some(run))
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

/// Stores what was rolled up anew, unless something has changed since
/// `extent`, from which it was computed; says whether it did.
pub(crate) fn rerolled(
    tx: &Sql<'_>,
    partition: Partition,
    rolled: &[RollupWrite],
    extent: &Extent,
) -> Result<bool, StoreError> {
    let unchanged = tx.execute(
        "UPDATE ledger SET rollup_changes = rollup_changes + 1
         WHERE partition = $1 AND folded = $2 AND rollup_changes = $3",
        params![partition.number(), extent.folded.number(), extent.rollups],
    )?;
    if unchanged == 1 {
        rollups(tx, partition, rolled)?;
    }
    Ok(unchanged == 1)
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
    commits: &[(Partition, Commit)],
    received: i64,
) -> Result<(), StoreError> {
    if tx.is_shared() {
        return commit_at_once(tx, commits, received);
    }
    for (partition, commit) in commits {
        for row in &commit.rows {
            tx.execute(
                "INSERT INTO journal (partition, seq, events, blob) VALUES ($1, $2, $3, $4)",
                params![partition.number(), row.seq.number(), row.events, row.blob],
            )?;
        }
        let Some(last) = commit.rows.last() else {
            continue;
        };
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
    }
    Ok(())
}

/// The same where each statement costs a journey to the database.
fn commit_at_once(
    tx: &Sql<'_>,
    commits: &[(Partition, Commit)],
    received: i64,
) -> Result<(), StoreError> {
    let (mut partitions, mut seqs, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let mut blobs: Vec<&[u8]> = Vec::new();
    let (mut moved, mut befores, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
    for (partition, Commit { rows, .. }) in commits {
        let partition = i64::from(partition.number());
        for row in rows {
            partitions.push(partition);
            seqs.push(row.seq.number() as i64);
            events.push(i64::from(row.events));
            blobs.push(&row.blob);
        }
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            moved.push(partition);
            befores.push(first.seq.number() as i64 - 1);
            lasts.push(last.last().number() as i64);
        }
    }
    tx.execute(
        "INSERT INTO journal (partition, seq, events, blob)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
        params![partitions, seqs, events, blobs],
    )?;
    let marked = tx.execute(
        "WITH moved AS (
             UPDATE head SET last = commit.last, received = greatest(received, $1)
             FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
                  AS commit (partition, before, last)
             WHERE head.partition = commit.partition AND head.last = commit.before
             RETURNING head.partition, head.last, head.received)
         INSERT INTO mark (partition, seq, received)
         SELECT partition, last, received FROM moved",
        params![received, moved, befores, lasts],
    )?;
    if marked == moved.len() {
        return Ok(());
    }
    // The lock is there so that this cannot be.
    let why = "another commit came between".to_owned();
    Err(StoreError::Unavailable(why))
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
    delete_run(tx, partition, run)?;
    Ok(true)
}

/// Deletes a run.
pub(crate) fn delete_run(tx: &Sql<'_>, partition: Partition, run: u64) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM identity_page WHERE partition = $1 AND run = $2",
        "DELETE FROM identity_filter WHERE partition = $1 AND run = $2",
        "DELETE FROM identity_run WHERE partition = $1 AND run = $2",
    ] {
        tx.execute(statement, params![partition.number(), run])?;
    }
    Ok(())
}
