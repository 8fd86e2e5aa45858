//! The ledger's rows in the database.

mod columns;
mod progress;
mod runs;

use std::ops::Range;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{
    Damage, PartBounds, PartRow, Partition, RollupRow, Rows, SegmentRow, VoidRow,
};

use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, Value, params};

pub(crate) use columns::{day, extent, instant, seq};
pub(crate) use progress::{RuleVersions, batch, unfolded};

/// The rows of a partition that a snapshot or a transaction sees.
#[derive(Clone, Copy)]
pub(crate) struct StoredRows<'a> {
    pub(crate) db: Snapshot<'a>,
    partition: Partition,
}

impl<'a> StoredRows<'a> {
    pub(crate) fn new(db: Snapshot<'a>, partition: Partition) -> Self {
        Self { db, partition }
    }

    pub(crate) fn partition(&self) -> Partition {
        self.partition
    }

    /// Reads all rows of a query whose first parameter is the partition.
    pub(crate) fn all<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.db.all(query, &self.key(key), read)
    }

    /// Visits the rows of such a query, one after the other.
    pub(crate) fn each(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        visit: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.db.each(query, &self.key(key), visit)
    }

    /// Reads the first row of such a query, if there is one.
    pub(crate) fn first<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.db.first(query, &self.key(key), read)
    }

    /// Reads the row of such a query that has exactly one.
    pub(crate) fn one<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.db.one(query, &self.key(key), read)
    }

    /// Reads the rows of an organisation's days.
    fn days<T>(
        &self,
        query: &'static str,
        organization: OrganizationId,
        days: Range<Day>,
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let (from, to) = (days.start.number(), days.end.number());
        self.all(query, params![organization.as_bytes(), from, to], read)
    }

    fn key<'b>(&self, rest: &[Value<'b>]) -> Vec<Value<'b>> {
        let mut key = Vec::with_capacity(rest.len() + 1);
        key.push(Value::Integer(Some(i64::from(self.partition.number()))));
        key.extend_from_slice(rest);
        key
    }
}

impl Rows for StoredRows<'_> {
    type Error = StoreError;

    fn damaged(&self, what: String, damage: Damage) -> StoreError {
        StoreError::corrupt(what, Cause::from_error(damage))
    }

    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, StoreError> {
        let query = "SELECT day, revision, last_seq, blob FROM rollup
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4 ORDER BY day";
        self.days(query, organization, days, |row| {
            Ok(RollupRow {
                day: day(row, 0)?,
                revision: row.get(1)?,
                last_seq: row.get(2)?,
                blob: row.get(3)?,
            })
        })
    }

    fn revisions(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, StoreError> {
        let query = "SELECT day, revision FROM rollup
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4 ORDER BY day";
        self.days(query, organization, days, |row| {
            Ok((day(row, 0)?, row.get(1)?))
        })
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, StoreError> {
        let query = if with_data {
            "SELECT day, part, blob, data FROM segment
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4
             ORDER BY day, part"
        } else {
            "SELECT day, part, blob, NULL FROM segment
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4
             ORDER BY day, part"
        };
        self.days(query, organization, days, segment)
    }

    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, StoreError> {
        let query = "SELECT day, part, blob, data FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 AND part = $4";
        self.one(
            query,
            params![organization.as_bytes(), day.number(), part],
            segment,
        )
    }

    fn voids(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<VoidRow>, StoreError> {
        let query = "SELECT day, last_seq, blob FROM void
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4 ORDER BY day";
        self.days(query, organization, days, |row| {
            Ok(VoidRow {
                day: day(row, 0)?,
                last_seq: row.get(1)?,
                blob: row.get(2)?,
            })
        })
    }

    fn bounds(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<PartBounds>, StoreError> {
        let query = "SELECT day, part, min_time, max_time, min_seq FROM segment
             WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4";
        self.days(query, organization, days, |row| {
            Ok(PartBounds {
                day: day(row, 0)?,
                part: row.get(1)?,
                times: (instant(row, 2)?, instant(row, 3)?),
                min_seq: seq(row, 4)?,
            })
        })
    }

    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, StoreError> {
        let query = "SELECT part, events FROM segment
             WHERE partition = $1 AND organization = $2 AND day = $3 ORDER BY part";
        let part = |row: &Row<'_>| {
            Ok(PartRow {
                part: row.get(0)?,
                events: row.get(1)?,
            })
        };
        self.all(query, params![organization.as_bytes(), day.number()], part)
    }

    fn subjects(&self, organization: OrganizationId) -> Result<u32, StoreError> {
        // Blocks are full but for the last, so its end is the count. An
        // organisation without a block has no subject yet.
        let query = "SELECT block * 256 + subjects FROM subject
             WHERE partition = $1 AND organization = $2 ORDER BY block DESC LIMIT 1";
        let last = self.first(query, params![organization.as_bytes()], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }

    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let query = "SELECT blob FROM subject
             WHERE partition = $1 AND organization = $2 AND block >= $3 ORDER BY block";
        self.all(query, params![organization.as_bytes(), from], |row| {
            row.get(0)
        })
    }

    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, StoreError> {
        let query =
            "SELECT blob FROM identity_page WHERE partition = $1 AND run = $2 AND page = $3";
        self.one(query, params![run, page], |row| row.get(0))
    }

    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, StoreError> {
        let query =
            "SELECT blob FROM identity_filter WHERE partition = $1 AND run = $2 AND chunk = $3";
        self.one(query, params![run, chunk], |row| row.get(0))
    }
}

fn segment(row: &Row<'_>) -> Result<SegmentRow, StoreError> {
    Ok(SegmentRow {
        day: day(row, 0)?,
        part: row.get(1)?,
        blob: row.get(2)?,
        data: row.get(3)?,
    })
}
