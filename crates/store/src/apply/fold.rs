//! Storing folds and re-rolls.

use exchequer_core::OrganizationId;
use exchequer_ledger::{Extent, FoldWrites, Partition, RollupWrite, VoidRow};

use super::changed::expect_rows;
use super::runs;
use crate::error::StoreError;
use crate::sql::{Each, Transaction, Value, params};

/// Stores a fold in place of its journal rows, unless something has changed
/// since `extent`, from which it was computed. Returns the number of its run,
/// which has so many `entries`; `None` if nothing was stored.
pub(crate) fn fold(
    tx: &Transaction<'_>,
    partition: Partition,
    writes: &FoldWrites,
    entries: Option<u64>,
    extent: &Extent,
) -> Result<Option<u64>, StoreError> {
    let upto = writes.upto.number();
    // Compare and set: whoever has folded or rolled up since then has changed
    // one of the two, and this statement meets no row. It also locks the row, so
    // that nobody does so before the commit.
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
    // Also for a fold without new identities, which makes no run: the caller
    // learns by the number that the fold was stored.
    let run = runs::take(tx, partition)?;
    if let Some(entries) = entries {
        runs::add(tx, partition, run, entries, true)?;
        runs::add_pages(tx, partition, run, &writes.pages)?;
        runs::add_filter(tx, partition, run, 0, &writes.filter)?;
    }
    tx.execute(
        "DELETE FROM journal WHERE partition = $1 AND seq <= $2",
        params![partition.number(), upto],
    )?;
    Ok(Some(run))
}

/// Stores new segment parts, and deletes those that they have absorbed.
fn segments(
    tx: &Transaction<'_>,
    partition: Partition,
    writes: &FoldWrites,
) -> Result<(), StoreError> {
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
    let absorbed: Vec<_> = absorbed.collect();
    // A part that is left would be counted beside the one that holds its events.
    let deleted = tx.execute_each(ABSORBED, &absorbed)?;
    expect_rows("segment", deleted, absorbed.len())?;
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

/// Stores the blocks of names that have grown.
fn subjects(
    tx: &Transaction<'_>,
    partition: Partition,
    writes: &FoldWrites,
) -> Result<(), StoreError> {
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

/// Stores the rollups of a re-roll, unless something has changed since
/// `extent`, from which they were computed. Returns whether they were stored.
pub(crate) fn reroll<'w>(
    tx: &Transaction<'_>,
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
    tx: &Transaction<'_>,
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

/// Stores the corrections of days.
fn voids(
    tx: &Transaction<'_>,
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
