//! Storing what a commit, a fold, a merge of runs or a re-roll has computed.

use exchequer_core::OrganizationId;
use exchequer_ledger::{Commit, Extent, FoldWrites, Partition, RollupWrite, RunPage, VoidRow};

use crate::error::StoreError;
use crate::sql::{Each, Sql, Value, params};

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
    rollups(tx, partition, writes.rollups.iter())?;
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
    const ABSORBED: Each = Each {
        one: "DELETE FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 AND part = $4",
        many: "DELETE FROM segment
             USING unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[])
                 AS absorbed (partition, organization, day, part)
             WHERE segment.partition = absorbed.partition
                 AND segment.organization = absorbed.organization
                 AND segment.day = absorbed.day AND segment.part = absorbed.part",
    };
    const NEW: Each = Each {
        one: "INSERT INTO segment (partition, organization, day, part, events, min_time, max_time,
                                  min_seq, max_seq, blob, data)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        many: "INSERT INTO segment (partition, organization, day, part, events, min_time, max_time,
                                   min_seq, max_seq, blob, data)
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[],
                 $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
                 $10::bytea[], $11::bytea[])",
    };
    let absorbed = writes.absorbed.iter().map(|(organization, day, part)| {
        [
            Value::number(partition.number()),
            Value::blob(organization.as_bytes()),
            Value::number(day.number()),
            Value::number(*part),
        ]
    });
    tx.execute_each(ABSORBED, &absorbed.collect::<Vec<_>>())?;
    let new = writes.segments.iter().map(|segment| {
        [
            Value::number(partition.number()),
            Value::blob(segment.organization.as_bytes()),
            Value::number(segment.day.number()),
            Value::number(segment.part),
            Value::number(segment.events),
            Value::number(segment.times.0.micros()),
            Value::number(segment.times.1.micros()),
            Value::number(segment.seqs.0.number()),
            Value::number(segment.seqs.1.number()),
            Value::blob(&segment.blob),
            Value::blob(&segment.data),
        ]
    });
    tx.execute_each(NEW, &new.collect::<Vec<_>>())?;
    Ok(())
}

fn subjects(tx: &Sql<'_>, partition: Partition, writes: &FoldWrites) -> Result<(), StoreError> {
    const BLOCK: Each = Each {
        one: "INSERT INTO subject (partition, organization, block, subjects, blob)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (partition, organization, block)
             DO UPDATE SET subjects = excluded.subjects, blob = excluded.blob",
        many: "INSERT INTO subject (partition, organization, block, subjects, blob)
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[],
                 $5::bytea[])
             ON CONFLICT (partition, organization, block)
             DO UPDATE SET subjects = excluded.subjects, blob = excluded.blob",
    };
    let blocks = writes.subjects.iter().map(|block| {
        [
            Value::number(partition.number()),
            Value::blob(block.organization.as_bytes()),
            Value::number(block.block),
            Value::number(block.subjects),
            Value::blob(&block.blob),
        ]
    });
    tx.execute_each(BLOCK, &blocks.collect::<Vec<_>>())?;
    Ok(())
}

/// Stores what was rolled up anew, unless something has changed since
/// `extent`, from which it was computed; says whether it did.
pub(crate) fn rerolled<'w>(
    tx: &Sql<'_>,
    partition: Partition,
    rolled: impl Iterator<Item = &'w RollupWrite>,
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

/// Stores rollups in place of those of their days, of which there is one each.
fn rollups<'w>(
    tx: &Sql<'_>,
    partition: Partition,
    rollups: impl Iterator<Item = &'w RollupWrite>,
) -> Result<(), StoreError> {
    const DAY: Each = Each {
        one: "INSERT INTO rollup (partition, organization, day, revision, last_seq, blob)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET revision = excluded.revision, last_seq = excluded.last_seq,
                           blob = excluded.blob",
        many: "INSERT INTO rollup (partition, organization, day, revision, last_seq, blob)
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[],
                 $5::bigint[], $6::bytea[])
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET revision = excluded.revision, last_seq = excluded.last_seq,
                           blob = excluded.blob",
    };
    let days = rollups.map(|rollup| {
        [
            Value::number(partition.number()),
            Value::blob(rollup.organization.as_bytes()),
            Value::number(rollup.day.number()),
            Value::number(rollup.revision),
            Value::number(rollup.last_seq),
            Value::blob(&rollup.blob),
        ]
    });
    tx.execute_each(DAY, &days.collect::<Vec<_>>())?;
    Ok(())
}

fn voids(
    tx: &Sql<'_>,
    partition: Partition,
    voids: &[(OrganizationId, VoidRow)],
) -> Result<(), StoreError> {
    const DAY: Each = Each {
        one: "INSERT INTO void (partition, organization, day, last_seq, blob)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET last_seq = excluded.last_seq, blob = excluded.blob",
        many: "INSERT INTO void (partition, organization, day, last_seq, blob)
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[],
                 $5::bytea[])
             ON CONFLICT (partition, organization, day)
             DO UPDATE SET last_seq = excluded.last_seq, blob = excluded.blob",
    };
    let days = voids.iter().map(|(organization, row)| {
        [
            Value::number(partition.number()),
            Value::blob(organization.as_bytes()),
            Value::number(row.day.number()),
            Value::number(row.last_seq),
            Value::blob(&row.blob),
        ]
    });
    tx.execute_each(DAY, &days.collect::<Vec<_>>())?;
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

pub(crate) fn filter(
    tx: &Sql<'_>,
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
    runs_changed(tx, partition)
}

/// Tells whoever knows the runs that there are others now.
pub(crate) fn runs_changed(tx: &Sql<'_>, partition: Partition) -> Result<(), StoreError> {
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
    const ROW: Each = Each {
        one: "INSERT INTO journal (partition, seq, events, blob) VALUES ($1, $2, $3, $4)",
        many: "INSERT INTO journal (partition, seq, events, blob)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
    };
    const HEAD: Each = Each {
        one: "UPDATE head SET last = $1,
                             received = CASE WHEN received < $2 THEN $2 ELSE received END
             WHERE partition = $3 AND last = $4",
        many:
            "UPDATE head SET last = moved.last, received = greatest(head.received, moved.received)
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
                 AS moved (last, received, partition, before)
             WHERE head.partition = moved.partition AND head.last = moved.before",
    };
    const MARK: Each = Each {
        one: "INSERT INTO mark (partition, seq, received)
             SELECT partition, last, received FROM head WHERE partition = $1",
        many: "INSERT INTO mark (partition, seq, received)
             SELECT partition, last, received FROM head WHERE partition = ANY($1)",
    };
    let (mut rows, mut heads, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for (partition, commit) in commits {
        let partition = Value::number(partition.number());
        rows.extend(commit.rows.iter().map(|row| {
            let (seq, events) = (row.seq.number(), row.events);
            [
                partition,
                Value::number(seq),
                Value::number(events),
                Value::blob(&row.blob),
            ]
        }));
        if let (Some(first), Some(last)) = (commit.rows.first(), commit.rows.last()) {
            let (before, last) = (first.seq.number() - 1, last.last().number());
            heads.push([
                Value::number(last),
                Value::number(received),
                partition,
                Value::number(before),
            ]);
            marks.push([partition]);
        }
    }
    tx.execute_each(ROW, &rows)?;
    if tx.execute_each(HEAD, &heads)? < heads.len() {
        // Nobody else commits meanwhile, so this cannot be.
        return Err(StoreError::unavailable("another commit came between"));
    }
    tx.execute_each(MARK, &marks)?;
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
