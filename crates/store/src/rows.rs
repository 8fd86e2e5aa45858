//! The ledger's rows in SQLite.

use std::ops::Range;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{
    Damage, IdentityKey, Live, Loaded, PartRow, RollupRow, Rows, RunMeta, SegmentRow, Seq,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::StoreError;

/// An embedded ledger has one partition.
pub(crate) const PARTITION: i64 = 0;

/// The rows that a connection sees at this moment.
pub(crate) struct SqliteRows<'a>(pub(crate) &'a Connection);

fn day_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Day> {
    row.get(column).map(Day::from_number)
}

/// Seqs, epochs and run numbers count up from 0 and are stored signed.
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number as u64)
}

impl Rows for SqliteRows<'_> {
    type Error = StoreError;

    fn damaged(&self, what: String, damage: Damage) -> StoreError {
        StoreError::corrupt(what)(damage)
    }

    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT day, epoch, last_seq, blob FROM rollup
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4 ORDER BY day",
        )?;
        let found = statement.query_map(
            params![
                PARTITION,
                organization.as_bytes(),
                days.start.number(),
                days.end.number()
            ],
            |row| {
                Ok(RollupRow {
                    day: day_of(row, 0)?,
                    epoch: unsigned(row, 1)?,
                    last_seq: unsigned(row, 2)?,
                    blob: row.get(3)?,
                })
            },
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn epochs(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT day, epoch FROM rollup
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4 ORDER BY day",
        )?;
        let found = statement.query_map(
            params![
                PARTITION,
                organization.as_bytes(),
                days.start.number(),
                days.end.number()
            ],
            |row| Ok((day_of(row, 0)?, unsigned(row, 1)?)),
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, StoreError> {
        let mut statement = self.0.prepare_cached(if with_data {
            "SELECT day, part, blob, data FROM segment
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4
             ORDER BY day, part"
        } else {
            "SELECT day, part, blob, NULL FROM segment
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4
             ORDER BY day, part"
        })?;
        let found = statement.query_map(
            params![
                PARTITION,
                organization.as_bytes(),
                days.start.number(),
                days.end.number()
            ],
            segment_row,
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, StoreError> {
        let row = self
            .0
            .prepare_cached(
                "SELECT day, part, blob, data FROM segment
                 WHERE partition = $1 AND organization = $2 AND day = $3 AND part = $4",
            )?
            .query_row(
                params![PARTITION, organization.as_bytes(), day.number(), part],
                segment_row,
            )?;
        Ok(row)
    }

    fn last_seq(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Option<u64>, StoreError> {
        let last: Option<i64> = self
            .0
            .prepare_cached(
                "SELECT max(last_seq) FROM rollup
                 WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4",
            )?
            .query_row(
                params![
                    PARTITION,
                    organization.as_bytes(),
                    days.start.number(),
                    days.end.number()
                ],
                |row| row.get(0),
            )?;
        Ok(last.map(|last| last as u64))
    }

    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT part, events FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 ORDER BY part",
        )?;
        let found = statement.query_map(
            params![PARTITION, organization.as_bytes(), day.number()],
            |row| {
                Ok(PartRow {
                    part: row.get(0)?,
                    events: row.get(1)?,
                })
            },
        )?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn subjects(&self, organization: OrganizationId) -> Result<u32, StoreError> {
        // Blocks are full but for the last, so its end is the count.
        let last = self
            .0
            .prepare_cached(
                "SELECT block * 256 + subjects FROM subject
                 WHERE partition = $1 AND organization = $2 ORDER BY block DESC LIMIT 1",
            )?
            .query_row(params![PARTITION, organization.as_bytes()], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(last.unwrap_or(0))
    }

    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT blob FROM subject
             WHERE partition = $1 AND organization = $2 AND block >= $3 ORDER BY block",
        )?;
        let found = statement
            .query_map(params![PARTITION, organization.as_bytes(), from], |row| {
                row.get(0)
            })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT blob FROM identity_page WHERE partition = $1 AND run = $2 AND page = $3",
        )?;
        Ok(statement.query_row(params![PARTITION, run as i64, page], |row| row.get(0))?)
    }

    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, StoreError> {
        let mut statement = self.0.prepare_cached(
            "SELECT blob FROM identity_filter WHERE partition = $1 AND run = $2 AND chunk = $3",
        )?;
        Ok(statement.query_row(params![PARTITION, run as i64, chunk], |row| row.get(0))?)
    }
}

fn segment_row(row: &Row<'_>) -> rusqlite::Result<SegmentRow> {
    Ok(SegmentRow {
        day: day_of(row, 0)?,
        part: row.get(1)?,
        blob: row.get(2)?,
        data: row.get(3)?,
    })
}

/// The folded seq that a connection sees.
pub(crate) fn folded(connection: &Connection) -> Result<Seq, StoreError> {
    let folded = connection
        .prepare_cached("SELECT folded FROM ledger WHERE partition = $1")?
        .query_row([PARTITION], |row| unsigned(row, 0))?;
    Ok(Seq::new(folded))
}

/// Reads the state of the ledger, and when its last event came: at start, and
/// whenever it is in doubt.
pub(crate) fn load_ledger(
    connection: &Connection,
    key: IdentityKey,
) -> Result<(Loaded, i64), StoreError> {
    let folded = folded(connection)?;
    // A merge that was cut short may have taken a number already.
    let next_run = connection
        .prepare_cached(
            "SELECT max(next_run, coalesce((SELECT max(run) + 1 FROM identity_run
                                            WHERE identity_run.partition = ledger.partition), 0))
             FROM ledger WHERE partition = $1",
        )?
        .query_row([PARTITION], |row| unsigned(row, 0))?;
    let received: Option<i64> = connection
        .prepare_cached("SELECT received FROM mark WHERE partition = $1 ORDER BY seq DESC LIMIT 1")?
        .query_row([PARTITION], |row| row.get(0))
        .optional()?;
    let runs = load_runs(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT seq, blob FROM journal WHERE partition = $1 AND seq > $2 ORDER BY seq",
    )?;
    let journal = statement
        .query_map(params![PARTITION, folded.number() as i64], |row| {
            Ok((Seq::new(unsigned(row, 0)?), row.get::<_, Vec<u8>>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let loaded = Live::load(key, folded, next_run, runs, journal).map_err(|(seq, damage)| {
        StoreError::corrupt(format!("journal {}", seq.number()))(damage)
    })?;
    Ok((loaded, received.unwrap_or(i64::MIN)))
}

fn load_runs(connection: &Connection) -> Result<Vec<RunMeta>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT run, entries FROM identity_run WHERE partition = $1 AND live = 1 ORDER BY run",
    )?;
    let runs = statement
        .query_map([PARTITION], |row| {
            Ok((unsigned(row, 0)?, unsigned(row, 1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut fences = connection.prepare_cached(
        "SELECT lowest FROM identity_page WHERE partition = $1 AND run = $2 ORDER BY page",
    )?;
    let loaded = runs.into_iter().map(|(run, entries)| {
        let lowest = fences
            .query_map(params![PARTITION, run as i64], |row| unsigned(row, 0))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(RunMeta::stored(run, entries, lowest))
    });
    loaded.collect()
}

/// Rollups of an older revision: whose, of which day, of which revision.
pub(crate) fn stale_rollups(
    connection: &Connection,
    epoch: u64,
) -> Result<Vec<(OrganizationId, Day, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT organization, day, epoch FROM rollup WHERE partition = $1 AND epoch < $2
         ORDER BY organization, day",
    )?;
    let found = statement.query_map(params![PARTITION, epoch as i64], |row| {
        let id: [u8; 16] = row.get(0)?;
        Ok((
            OrganizationId::from_bytes(id),
            day_of(row, 1)?,
            unsigned(row, 2)?,
        ))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Runs that do not count: merged into others, or left by a crash.
pub(crate) fn superseded_runs(connection: &Connection) -> Result<Vec<u64>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT run FROM identity_run WHERE partition = $1 AND live = 0")?;
    let found = statement.query_map([PARTITION], |row| unsigned(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
