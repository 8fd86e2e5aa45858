//! The ledger's rows in the database.

use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{Day, Instant, MeterSet, OrganizationId};
use exchequer_ledger::{
    Batch, Damage, Extent, IdentityKey, PartBounds, PartRow, Partition, RollupRow, Rows, RunMeta,
    SegmentRow, Seq, TailBatch, VoidRow, is_stale,
};

use crate::at_hand::AtHand;
use crate::error::{Cause, StoreError};
use crate::settings;
use crate::sql::{Row, Sql, Value, params};

/// The rows of a partition that a snapshot or a transaction sees.
#[derive(Clone, Copy)]
pub(crate) struct StoredRows<'a> {
    pub(crate) sql: Sql<'a>,
    partition: Partition,
    at_hand: Option<&'a AtHand>,
}

impl<'a> StoredRows<'a> {
    pub(crate) fn new(sql: Sql<'a>, partition: Partition) -> Self {
        Self {
            sql,
            partition,
            at_hand: None,
        }
    }

    /// The same, some of which were read before.
    pub(crate) fn with(self, at_hand: &'a AtHand) -> Self {
        Self {
            at_hand: Some(at_hand),
            ..self
        }
    }

    pub(crate) fn partition(&self) -> Partition {
        self.partition
    }

    /// The rows of a query whose first parameter is the partition.
    pub(crate) fn all<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.sql.all(query, &self.key(key), read)
    }

    /// The same, one row after the other.
    pub(crate) fn each(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        visit: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.sql.each(query, &self.key(key), visit)
    }

    /// The same of a query of which the first row is wanted.
    pub(crate) fn first<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        self.sql.first(query, &self.key(key), read)
    }

    /// The same of a query that has one row.
    pub(crate) fn one<T>(
        &self,
        query: &'static str,
        key: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.sql.one(query, &self.key(key), read)
    }

    /// The rows of an organisation's days.
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

pub(crate) fn day(row: &Row<'_>, column: usize) -> Result<Day, StoreError> {
    row.get(column).map(Day::from_number)
}

pub(crate) fn seq(row: &Row<'_>, column: usize) -> Result<Seq, StoreError> {
    row.get(column).map(Seq::new)
}

pub(crate) fn instant(row: &Row<'_>, column: usize) -> Result<Instant, StoreError> {
    row.get(column).map(Instant::from_micros)
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
        if let Some(here) = self.at_hand.and_then(|it| it.rollups(organization, &days)) {
            return Ok(here);
        }
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
        if let Some(here) = self
            .at_hand
            .and_then(|it| it.revisions(organization, &days))
        {
            return Ok(here);
        }
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
        if let Some(here) = self.at_hand.and_then(|it| it.segments(organization, &days)) {
            return Ok(here);
        }
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
        if let Some(here) = self.at_hand.and_then(|it| it.voids(organization, &days)) {
            return Ok(here);
        }
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
        if let Some(here) = self.at_hand.and_then(|it| it.subjects(organization)) {
            return Ok(here);
        }
        // Blocks are full but for the last, so its end is the count.
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

/// How far a partition is, from four columns.
pub(crate) fn extent(row: &Row<'_>, first: usize) -> Result<Extent, StoreError> {
    Ok(Extent {
        folded: seq(row, first)?,
        last: seq(row, first + 1)?,
        runs: row.get(first + 2)?,
        rollups: row.get(first + 3)?,
    })
}

impl StoredRows<'_> {
    /// How far the partition is.
    pub(crate) fn extent(&self) -> Result<Extent, StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes
             FROM ledger JOIN head ON head.partition = ledger.partition
             WHERE ledger.partition = $1";
        self.one(query, params![], |row| extent(row, 0))
    }

    /// The acknowledged batches after a seq, in their order.
    pub(crate) fn journal(
        &self,
        after: Seq,
        key: &IdentityKey,
    ) -> Result<Vec<Arc<TailBatch>>, StoreError> {
        let decode = |first: Seq, blob: &[u8]| {
            let what = || format!("journal {}", first.number());
            let batch = Batch::decode(blob, key).map_err(|it| self.damaged(what(), it))?;
            Ok(Arc::new(TailBatch { first, batch }))
        };
        if let Some(here) = self.at_hand.and_then(|it| it.journal(after)) {
            let here = here.iter().map(|(first, blob)| decode(*first, blob));
            return here.collect();
        }
        let query = "SELECT seq, blob FROM journal WHERE partition = $1 AND seq > $2 ORDER BY seq";
        self.all(query, params![after.number()], |row| {
            decode(seq(row, 0)?, &row.get::<Vec<u8>>(1)?)
        })
    }

    /// How far the partition is, and the revision of the meters.
    pub(crate) fn extent_and_meters(&self) -> Result<(Extent, i64), StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes,
                    (SELECT value FROM counter WHERE name = 'meter_revision')
             FROM ledger JOIN head ON head.partition = ledger.partition
             WHERE ledger.partition = $1";
        self.one(query, params![], |row| Ok((extent(row, 0)?, row.get(4)?)))
    }

    /// Whether the journal holds events of an organisation.
    pub(crate) fn has_unfolded(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        // Without a key nothing was ever kept.
        let Some(secret) = settings::secret(&self.sql)? else {
            return Ok(false);
        };
        let journal = self.journal(Seq::default(), &IdentityKey::from_bytes(secret))?;
        let mut batches = journal.iter();
        Ok(batches.any(|batch| {
            batch
                .batch
                .organizations()
                .any(|(of, _)| of == organization)
        }))
    }

    /// The runs that count: the number of each and its entries.
    pub(crate) fn live_runs(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        let query = "SELECT run, entries FROM identity_run
             WHERE partition = $1 AND live = 1 ORDER BY run";
        self.all(query, params![], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many pages a run has.
    pub(crate) fn run_pages(&self, run: u64) -> Result<u32, StoreError> {
        let query = "SELECT count(*) FROM identity_page WHERE partition = $1 AND run = $2";
        self.one(query, params![run], |row| row.get(0))
    }

    /// A run, whose filter is loaded when it is needed.
    pub(crate) fn run(&self, run: u64, entries: u64) -> Result<RunMeta, StoreError> {
        let query = "SELECT lowest FROM identity_page
             WHERE partition = $1 AND run = $2 ORDER BY page";
        let lowest = self.all(query, params![run], |row| row.get(0))?;
        if lowest.is_empty() {
            let what = format!("identity_run {run}");
            return Err(StoreError::corrupt(what, "it has no pages"));
        }
        Ok(RunMeta::stored(run, entries, lowest))
    }

    /// Rollups that these meters make stale: whose, and of which day. Most of
    /// a revision's elders are not, so they are looked at one by one.
    pub(crate) fn stale_rollups(
        &self,
        meters: &MeterSet,
    ) -> Result<Vec<(OrganizationId, Day)>, StoreError> {
        let query = "SELECT organization, day, revision FROM rollup
             WHERE partition = $1 AND revision < $2 ORDER BY organization, day";
        let mut stale = Vec::new();
        self.each(query, params![meters.revision()], |row| {
            let (day, revision) = (day(row, 1)?, row.get(2)?);
            if is_stale(revision, day, meters) {
                stale.push((row.get(0).map(OrganizationId::from_bytes)?, day));
            }
            Ok(true)
        })?;
        Ok(stale)
    }

    /// How far every partition is.
    pub(crate) fn extents(sql: &Sql<'_>) -> Result<Vec<(u32, Extent)>, StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes,
                    ledger.partition
             FROM ledger JOIN head ON head.partition = ledger.partition";
        sql.all(query, params![], |row| Ok((row.get(4)?, extent(row, 0)?)))
    }

    /// Runs that do not count: merged into others, or left by a crash.
    pub(crate) fn superseded_runs(&self) -> Result<Vec<u64>, StoreError> {
        let query = "SELECT run FROM identity_run WHERE partition = $1 AND live = 0";
        self.all(query, params![], |row| row.get(0))
    }
}
