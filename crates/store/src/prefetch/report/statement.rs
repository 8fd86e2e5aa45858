//! The statement that reads everything a report is made from.

use exchequer_core::{ContractZones, Day};
use exchequer_ledger::{Extent, RollupRow, SegmentRow, Seq, VoidRow};

use crate::catalog::contracts::zone;
use crate::error::StoreError;
use crate::rows::{StoredRows, day, extent, seq};
use crate::sql::{Row, Value};

/// All rows of a report. Rows of different tables come in one statement, so
/// each begins with its kind, which [`Found::add`] reads; the columns after it
/// are those of the kind, and NULL where it has fewer.
///
/// Rollups of days before the range come without their blobs: of those days a
/// report needs only to know whether they are stale, since a session that
/// began there may reach into the range.
pub(super) const CONTENTS: &str =
    "SELECT CAST(0 AS BIGINT), ledger.folded, head.last, ledger.run_changes,
         ledger.rollup_changes, (SELECT value FROM counter WHERE name = 'meter_revision'),
         (SELECT block * 256 + subjects FROM subject
          WHERE partition = $1 AND organization = $2 ORDER BY block DESC LIMIT 1),
         CAST(NULL AS BIGINT), CAST(NULL AS TEXT), CAST(NULL AS BYTEA), CAST(NULL AS BYTEA)
     FROM ledger JOIN head ON head.partition = ledger.partition WHERE ledger.partition = $1
     UNION ALL
     SELECT 1, day, revision, last_seq, NULL, NULL, NULL, NULL, NULL,
         CASE WHEN day >= $3 THEN blob END, NULL
     FROM rollup WHERE partition = $1 AND organization = $2 AND day >= $4 AND day < $5
     UNION ALL
     SELECT 2, day, last_seq, NULL, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM void WHERE partition = $1 AND organization = $2 AND day >= $4 AND day < $5
     UNION ALL
     SELECT 3, day, part, NULL, NULL, NULL, NULL, NULL, NULL,
         blob, CASE WHEN $6 = 1 THEN data END
     FROM segment WHERE partition = $1 AND organization = $2 AND day IN ($7, $8)
     UNION ALL
     SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, meter, NULL, NULL
     FROM (SELECT DISTINCT product.meter FROM contract_product
           JOIN product ON sku = contract_product.product
           WHERE contract_product.partition = $1 AND begins < $9 AND product.meter IS NOT NULL
               AND contract IN (SELECT number FROM contract
                   WHERE contract.partition = $1 AND organization = $2
                       AND (ends IS NULL OR ends > $10))) AS priced
     UNION ALL
     SELECT 6, starts, ends, NULL, NULL, NULL, NULL, NULL, time_zone, NULL, NULL
     FROM contract WHERE partition = $1 AND organization = $2
         AND starts < $9 AND (ends IS NULL OR ends >= $9)
     UNION ALL
     SELECT 7, version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
     FROM alias_list WHERE partition = $1 AND organization = $2
     UNION ALL
     SELECT 5, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM journal WHERE partition = $1 AND seq > $11";

/// The rows of a report's key: the same kinds, without contents.
pub(super) const KEY: &str =
    "SELECT CAST(0 AS BIGINT), ledger.folded, head.last, ledger.run_changes,
         ledger.rollup_changes, (SELECT value FROM counter WHERE name = 'meter_revision'),
         (SELECT max(last_seq) FROM rollup
          WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4),
         (SELECT max(last_seq) FROM void
          WHERE partition = $1 AND organization = $2 AND day >= $5 AND day < $4),
         CAST(NULL AS TEXT), CAST(NULL AS BYTEA), CAST(NULL AS BYTEA)
     FROM ledger JOIN head ON head.partition = ledger.partition WHERE ledger.partition = $1
     UNION ALL
     SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, meter, NULL, NULL
     FROM (SELECT DISTINCT product.meter FROM contract_product
           JOIN product ON sku = contract_product.product
           WHERE contract_product.partition = $1 AND begins < $6 AND product.meter IS NOT NULL
               AND contract IN (SELECT number FROM contract
                   WHERE contract.partition = $1 AND organization = $2
                       AND (ends IS NULL OR ends > $7))) AS priced
     UNION ALL
     SELECT 6, starts, ends, NULL, NULL, NULL, NULL, NULL, time_zone, NULL, NULL
     FROM contract WHERE partition = $1 AND organization = $2
         AND starts < $6 AND (ends IS NULL OR ends >= $6)
     UNION ALL
     SELECT 7, version, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
     FROM alias_list WHERE partition = $1 AND organization = $2
     UNION ALL
     SELECT 5, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM journal WHERE partition = $1 AND seq > $8";

/// Rows of the journal: the first seq of each, and its blob.
pub(super) type Batches = Vec<(Seq, Vec<u8>)>;

/// The rows that a statement has found, by their kinds.
#[derive(Default)]
pub(super) struct Found {
    extent: Option<Extent>,
    pub(super) meter_revision: i64,
    /// The number of subjects if [`CONTENTS`] was run, the highest seqs if [`KEY`] was.
    pub(super) numbers: [Option<u64>; 2],
    /// The revisions of all rollups, those without their blobs too.
    pub(super) revisions: Vec<(Day, u64)>,
    pub(super) rollups: Vec<RollupRow>,
    pub(super) voids: Vec<VoidRow>,
    pub(super) segments: Vec<SegmentRow>,
    pub(super) entitled: Vec<String>,
    /// The zone of the contract at the end of the range.
    pub(super) zones: ContractZones,
    /// The version of the aliases, if there are any.
    pub(super) alias_version: Option<u64>,
    pub(super) journal: Batches,
}

impl Found {
    /// Runs a statement, and returns the extent of the partition and all rows,
    /// each kind in its order.
    pub(super) fn read(
        rows: &StoredRows<'_>,
        statement: &'static str,
        key: &[Value<'_>],
    ) -> Result<(Extent, Self), StoreError> {
        let mut found = Self::default();
        rows.each(statement, key, |row| found.add(row).map(|()| true))?;
        // Sorted here: an ORDER BY would sort rows of all kinds together, with
        // their blobs, and the database has no index for that.
        found.revisions.sort_unstable();
        found.rollups.sort_unstable_by_key(|row| row.day);
        found.voids.sort_unstable_by_key(|row| row.day);
        found
            .segments
            .sort_unstable_by_key(|row| (row.day, row.part));
        found.entitled.sort_unstable();
        found.journal.sort_unstable_by_key(|(seq, _)| *seq);
        Ok((found.extent.ok_or(StoreError::NotFound)?, found))
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        match row.get::<i64>(0)? {
            0 => {
                self.extent = Some(extent(row, 1)?);
                self.meter_revision = row.get(5)?;
                self.numbers = [row.get(6)?, row.get(7)?];
            }
            1 => {
                let (day, revision) = (day(row, 1)?, row.get(2)?);
                self.revisions.push((day, revision));
                if let Some(blob) = row.get(9)? {
                    self.rollups.push(RollupRow {
                        day,
                        revision,
                        last_seq: row.get(3)?,
                        blob,
                    });
                }
            }
            2 => self.voids.push(VoidRow {
                day: day(row, 1)?,
                last_seq: row.get(2)?,
                blob: row.get(9)?,
            }),
            3 => self.segments.push(SegmentRow {
                day: day(row, 1)?,
                part: row.get(2)?,
                blob: row.get(9)?,
                data: row.get(10)?,
            }),
            4 => self.entitled.push(row.get(8)?),
            5 => self.journal.push((seq(row, 1)?, row.get(9)?)),
            6 => zone(&mut self.zones, row, (1, 2, 8))?,
            7 => self.alias_version = self.alias_version.max(row.get(1)?),
            other => return Err(StoreError::range(format!("a row of kind {other}"))),
        }
        Ok(())
    }
}
