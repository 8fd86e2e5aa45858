//! What nearly every report reads, in one journey to the database.

use std::ops::Range;

use exchequer_core::{Day, OrganizationId, TimeRange};
use exchequer_ledger::{Extent, RollupRow, SegmentRow, VoidRow, cut_days, days, window};

use crate::error::StoreError;
use crate::rows::{StoredRows, day, extent};
use crate::sql::{Row, params};

/// Every row begins with its kind; [`Found::take`] knows the rest.
const CONTENTS: &str = "SELECT CAST(0 AS BIGINT), ledger.folded, head.last, ledger.run_changes,
         ledger.rollup_changes, (SELECT value FROM counter WHERE name = 'meter_epoch'),
         (SELECT block * 256 + subjects FROM subject
          WHERE partition = $1 AND organization = $2 ORDER BY block DESC LIMIT 1),
         CAST(NULL AS TEXT), CAST(NULL AS BYTEA), CAST(NULL AS BYTEA)
     FROM ledger JOIN head ON head.partition = ledger.partition WHERE ledger.partition = $1
     UNION ALL
     SELECT 1, day, epoch, last_seq, NULL, NULL, NULL, NULL, CASE WHEN day >= $3 THEN blob END, NULL
     FROM rollup WHERE partition = $1 AND organization = $2 AND day >= $4 AND day < $5
     UNION ALL
     SELECT 2, day, last_seq, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM void WHERE partition = $1 AND organization = $2 AND day >= $4 AND day < $5
     UNION ALL
     SELECT 3, day, part, NULL, NULL, NULL, NULL, NULL, blob, data
     FROM segment WHERE partition = $1 AND organization = $2 AND day IN ($6, $7)
     UNION ALL
     SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, meter, NULL, NULL
     FROM (SELECT DISTINCT product.meter FROM contract
           JOIN contract_product ON contract = number
           JOIN product ON sku = contract_product.product
           WHERE organization = $2 AND begins < $8 AND (ends IS NULL OR ends > $9)) AS priced";

/// One row, or one for each meter at its end.
const STANDING: &str = "SELECT ledger.folded, head.last, ledger.run_changes,
         ledger.rollup_changes, (SELECT value FROM counter WHERE name = 'meter_epoch'),
         (SELECT max(last_seq) FROM rollup
          WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4),
         (SELECT max(last_seq) FROM void
          WHERE partition = $1 AND organization = $2 AND day >= $5 AND day < $4),
         meter
     FROM ledger JOIN head ON head.partition = ledger.partition
     LEFT JOIN (SELECT DISTINCT product.meter FROM contract
                JOIN contract_product ON contract = number
                JOIN product ON sku = contract_product.product
                WHERE organization = $2 AND begins < $6 AND (ends IS NULL OR ends > $7)) AS priced
         ON 1 = 1
     WHERE ledger.partition = $1";

/// How far the ledger is, as whoever looks at a range has to know.
#[derive(Default)]
pub(crate) struct Standing {
    /// How far the partition is.
    pub(crate) extent: Extent,
    /// The revision of the meters.
    pub(crate) meters: i64,
    /// The highest seq of the range's rollups and corrections.
    pub(crate) last_seq: u64,
    /// The meters that contracts price within the range, by name: reports list
    /// them even where they counted nothing.
    pub(crate) entitled: Vec<String>,
}

impl Standing {
    pub(crate) fn read(
        rows: &StoredRows<'_>,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Self, StoreError> {
        let (window, days) = (window(range), days(range));
        let mut standing = None;
        rows.each(
            STANDING,
            params![
                organization.as_bytes(),
                days.start.number(),
                days.end.number(),
                window.start.number(),
                range.end().micros(),
                range.start().micros(),
            ],
            |row| {
                let standing = standing.get_or_insert_with(Self::default);
                standing.extent = extent(row, 0)?;
                standing.meters = row.get(4)?;
                let last: [Option<u64>; 2] = [row.get(5)?, row.get(6)?];
                standing.last_seq = last.into_iter().flatten().max().unwrap_or(0);
                standing.entitled.extend(row.get::<Option<String>>(7)?);
                Ok(true)
            },
        )?;
        let mut standing = standing.ok_or(StoreError::NotFound)?;
        standing.entitled.sort_unstable();
        Ok(standing)
    }
}

/// The rows that a report of one range is made from, but for segments of days
/// whose rollups do not say all.
pub(crate) struct AtHand {
    /// How far the partition is.
    pub(crate) extent: Extent,
    /// The revision of the meters.
    pub(crate) meters: i64,
    /// The meters that contracts price within the range, by name.
    pub(crate) entitled: Vec<String>,
    organization: OrganizationId,
    window: Range<Day>,
    days: Range<Day>,
    cut: Vec<Day>,
    subjects: u32,
    rollups: Vec<RollupRow>,
    voids: Vec<VoidRow>,
    segments: Vec<SegmentRow>,
}

#[derive(Default)]
struct Found {
    head: Option<Head>,
    rollups: Vec<RollupRow>,
    voids: Vec<VoidRow>,
    segments: Vec<SegmentRow>,
    entitled: Vec<String>,
}

struct Head {
    extent: Extent,
    meters: i64,
    subjects: u32,
}

impl Found {
    fn take(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        // Rollups of days before the range have none, and nobody asks for it.
        let blob = || Ok::<_, StoreError>(row.get::<Option<_>>(8)?.unwrap_or_default());
        match row.get::<i64>(0)? {
            0 => {
                self.head = Some(Head {
                    extent: extent(row, 1)?,
                    meters: row.get(5)?,
                    // Blocks are full but for the last, so its end is the count.
                    subjects: row.get::<Option<_>>(6)?.unwrap_or(0),
                });
            }
            1 => self.rollups.push(RollupRow {
                day: day(row, 1)?,
                epoch: row.get(2)?,
                last_seq: row.get(3)?,
                blob: blob()?,
            }),
            2 => self.voids.push(VoidRow {
                day: day(row, 1)?,
                last_seq: row.get(2)?,
                blob: blob()?,
            }),
            3 => self.segments.push(SegmentRow {
                day: day(row, 1)?,
                part: row.get(2)?,
                blob: blob()?,
                data: row.get(9)?,
            }),
            _ => self.entitled.push(row.get(7)?),
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.rollups.sort_unstable_by_key(|row| row.day);
        self.voids.sort_unstable_by_key(|row| row.day);
        self.segments
            .sort_unstable_by_key(|row| (row.day, row.part));
        self.entitled.sort_unstable();
    }
}

impl AtHand {
    pub(crate) fn read(
        rows: &StoredRows<'_>,
        organization: OrganizationId,
        range: TimeRange,
    ) -> Result<Self, StoreError> {
        let (window, days) = (window(range), days(range));
        let cut: Vec<Day> = cut_days(range).collect();
        let cut_day = |which: usize| cut.get(which).map(|day| day.number());
        let mut found = Found::default();
        rows.each(
            CONTENTS,
            params![
                organization.as_bytes(),
                days.start.number(),
                window.start.number(),
                window.end.number(),
                cut_day(0),
                cut_day(1),
                range.end().micros(),
                range.start().micros(),
            ],
            |row| found.take(row).map(|()| true),
        )?;
        found.sort();
        let head = found.head.ok_or(StoreError::NotFound)?;
        Ok(Self {
            extent: head.extent,
            meters: head.meters,
            entitled: found.entitled,
            organization,
            window,
            days,
            cut,
            subjects: head.subjects,
            rollups: found.rollups,
            voids: found.voids,
            segments: found.segments,
        })
    }

    /// Whose rows they are.
    pub(crate) fn organization(&self) -> OrganizationId {
        self.organization
    }
}

/// What is here of what [`Rows`](exchequer_ledger::Rows) are asked for; `None`
/// if it is not.
impl AtHand {
    pub(crate) fn subjects(&self) -> u32 {
        self.subjects
    }

    /// The rollups of the range, with their contents.
    pub(crate) fn rollups(&self, days: &Range<Day>) -> Option<&[RollupRow]> {
        let before = self.rollups.partition_point(|row| row.day < days.start);
        (*days == self.days).then(|| &self.rollups[before..])
    }

    /// The rollups of the days that a report looks back to.
    pub(crate) fn epochs(&self, days: &Range<Day>) -> Option<&[RollupRow]> {
        (*days == self.window).then_some(&self.rollups)
    }

    pub(crate) fn voids(&self, days: &Range<Day>) -> Option<&[VoidRow]> {
        (*days == self.window).then_some(&self.voids)
    }

    /// The segments of a day that the range cuts.
    pub(crate) fn segments(&self, days: &Range<Day>) -> Option<&[SegmentRow]> {
        let one = days.end == days.start.next() && self.cut.contains(&days.start);
        let before = |end: Day| self.segments.partition_point(|row| row.day < end);
        one.then(|| &self.segments[before(days.start)..before(days.end)])
    }
}
