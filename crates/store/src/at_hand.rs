//! What a report is made from, read in one journey to the database.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use exchequer_core::{Day, MeterSet, OrganizationId, TimeRange};
use exchequer_ledger::{
    Extent, RollupRow, SegmentRow, Seq, TailSlice, VoidRow, cut_days, days, needs_segments, window,
};

use crate::error::{Cause, StoreError};
use crate::rows::{StoredRows, day, extent, seq};
use crate::sql::{Row, Value, params};

/// Every row begins with its kind; [`Found::take`] knows the rest.
const CONTENTS: &str = "SELECT CAST(0 AS BIGINT), ledger.folded, head.last, ledger.run_changes,
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
     FROM (SELECT DISTINCT product.meter FROM contract
           JOIN contract_product ON contract = number
           JOIN product ON sku = contract_product.product
           WHERE organization = $2 AND begins < $9 AND (ends IS NULL OR ends > $10)) AS priced
     UNION ALL
     SELECT 5, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM journal WHERE partition = $1 AND seq > $11";

/// The same without contents.
const STANDING: &str = "SELECT CAST(0 AS BIGINT), ledger.folded, head.last, ledger.run_changes,
         ledger.rollup_changes, (SELECT value FROM counter WHERE name = 'meter_revision'),
         (SELECT max(last_seq) FROM rollup
          WHERE partition = $1 AND organization = $2 AND day >= $3 AND day < $4),
         (SELECT max(last_seq) FROM void
          WHERE partition = $1 AND organization = $2 AND day >= $5 AND day < $4),
         CAST(NULL AS TEXT), CAST(NULL AS BYTEA), CAST(NULL AS BYTEA)
     FROM ledger JOIN head ON head.partition = ledger.partition WHERE ledger.partition = $1
     UNION ALL
     SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, meter, NULL, NULL
     FROM (SELECT DISTINCT product.meter FROM contract
           JOIN contract_product ON contract = number
           JOIN product ON sku = contract_product.product
           WHERE organization = $2 AND begins < $6 AND (ends IS NULL OR ends > $7)) AS priced
     UNION ALL
     SELECT 5, seq, NULL, NULL, NULL, NULL, NULL, NULL, NULL, blob, NULL
     FROM journal WHERE partition = $1 AND seq > $8";

/// Rows of the journal: the first seq of each, and its blob.
type Batches = Vec<(Seq, Vec<u8>)>;

/// Whose usage, and when.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) organization: OrganizationId,
    pub(crate) range: TimeRange,
    /// The journal is known up to this.
    pub(crate) known: Seq,
}

/// Rows that were read before they are asked for. They are large, so each is
/// given out once.
pub(crate) struct AtHand {
    /// How far the partition is.
    pub(crate) extent: Extent,
    /// The revision of the meters.
    pub(crate) meters: i64,
    /// The meters that contracts price within the range, by name: reports list
    /// them even where they counted nothing.
    pub(crate) entitled: Vec<String>,
    /// The highest seq of the range's rollups and corrections.
    pub(crate) last_seq: u64,
    organization: OrganizationId,
    /// After which seq, and what is there.
    journal: Option<(Seq, Batches)>,
    contents: Option<Contents>,
}

/// What is counted in a range, but for segments of days whose rollups do not
/// say all.
struct Contents {
    window: Range<Day>,
    days: Range<Day>,
    subjects: u32,
    revisions: Vec<(Day, u64)>,
    rollups: Cell<Option<Vec<RollupRow>>>,
    voids: Cell<Option<Vec<VoidRow>>>,
    /// Of the days that the range cuts.
    segments: RefCell<BTreeMap<Day, Vec<SegmentRow>>>,
}

#[derive(Default)]
struct Found {
    extent: Option<Extent>,
    meters: i64,
    /// Number of subjects, or highest seqs.
    numbers: [Option<u64>; 2],
    rollups: Vec<RollupRow>,
    voids: Vec<VoidRow>,
    segments: Vec<SegmentRow>,
    entitled: Vec<String>,
    journal: Batches,
}

impl Found {
    fn read(
        rows: &StoredRows<'_>,
        query: &'static str,
        key: &[Value<'_>],
    ) -> Result<(Extent, Self), StoreError> {
        let mut found = Self::default();
        rows.each(query, key, |row| found.take(row).map(|()| true))?;
        found.rollups.sort_unstable_by_key(|row| row.day);
        found.voids.sort_unstable_by_key(|row| row.day);
        found
            .segments
            .sort_unstable_by_key(|row| (row.day, row.part));
        found.entitled.sort_unstable();
        found.journal.sort_unstable_by_key(|(seq, _)| *seq);
        Ok((found.extent.ok_or(StoreError::NotFound)?, found))
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        // Rollups of days before the range have none, and nobody asks for it.
        let blob = || Ok::<_, StoreError>(row.get::<Option<_>>(9)?.unwrap_or_default());
        match row.get::<i64>(0)? {
            0 => {
                self.extent = Some(extent(row, 1)?);
                self.meters = row.get(5)?;
                self.numbers = [row.get(6)?, row.get(7)?];
            }
            1 => self.rollups.push(RollupRow {
                day: day(row, 1)?,
                revision: row.get(2)?,
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
                data: row.get(10)?,
            }),
            4 => self.entitled.push(row.get(8)?),
            _ => self.journal.push((seq(row, 1)?, blob()?)),
        }
        Ok(())
    }

    fn at_hand(
        self,
        asked: &Asked,
        extent: Extent,
        last_seq: Option<u64>,
        contents: Option<Contents>,
    ) -> AtHand {
        AtHand {
            extent,
            last_seq: last_seq.unwrap_or(0),
            meters: self.meters,
            entitled: self.entitled,
            organization: asked.organization,
            journal: Some((asked.known, self.journal)),
            contents,
        }
    }
}

impl AtHand {
    /// Reads what a report needs. What the meters are likely to want of the
    /// days that the range cuts is guessed from those that were read last.
    pub(crate) fn contents(
        rows: &StoredRows<'_>,
        asked: &Asked,
        meters: &MeterSet,
    ) -> Result<Self, StoreError> {
        let Asked {
            organization,
            range,
            known,
        } = *asked;
        let (window, days) = (window(range), days(range));
        let versions = || meters.meters().iter().flat_map(|meter| &meter.versions);
        let points = versions().any(|it| !it.aggregation.is_session());
        let data = versions().any(|it| it.field().is_some());
        let cut: Vec<Day> = cut_days(range).filter(|_| points).collect();
        let cut_day = |which: usize| cut.get(which).map(|day| day.number());
        let (extent, mut found) = Found::read(
            rows,
            CONTENTS,
            params![
                organization.as_bytes(),
                days.start.number(),
                window.start.number(),
                window.end.number(),
                data,
                cut_day(0),
                cut_day(1),
                range.end().micros(),
                range.start().micros(),
                known.number(),
            ],
        )?;
        // Blocks are full but for the last, so its end is the count.
        let subjects = u32::try_from(found.numbers[0].unwrap_or(0));
        let subjects = subjects.map_err(|error| StoreError::range(Cause::from_error(error)))?;
        let mut segments: BTreeMap<_, _> = cut.into_iter().map(|day| (day, vec![])).collect();
        for row in found.segments.drain(..) {
            segments.entry(row.day).or_default().push(row);
        }
        let mut rollups = std::mem::take(&mut found.rollups);
        let revisions = rollups.iter().map(|row| (row.day, row.revision)).collect();
        let before = rollups.partition_point(|row| row.day < days.start);
        let rollups = rollups.split_off(before);
        let voids = std::mem::take(&mut found.voids);
        let seqs = rollups.iter().map(|row| row.last_seq);
        let last = seqs.chain(voids.iter().map(|row| row.last_seq)).max();
        let contents = Contents {
            window,
            days,
            subjects,
            revisions,
            rollups: Cell::new(Some(rollups)),
            voids: Cell::new(Some(voids)),
            segments: RefCell::new(segments),
        };
        Ok(found.at_hand(asked, extent, last, Some(contents)))
    }

    /// Reads how far the range is: what [`AtHand::contents`] does, without them.
    pub(crate) fn standing(rows: &StoredRows<'_>, asked: &Asked) -> Result<Self, StoreError> {
        let Asked {
            organization,
            range,
            known,
        } = *asked;
        let (window, days) = (window(range), days(range));
        let (extent, found) = Found::read(
            rows,
            STANDING,
            params![
                organization.as_bytes(),
                days.start.number(),
                days.end.number(),
                window.start.number(),
                range.end().micros(),
                range.start().micros(),
                known.number(),
            ],
        )?;
        let last = found.numbers.into_iter().flatten().max();
        Ok(found.at_hand(asked, extent, last, None))
    }

    /// Whether a report needs segments that are not here.
    pub(crate) fn lacks_segments(
        &self,
        range: TimeRange,
        meters: &MeterSet,
        tail: &TailSlice,
    ) -> bool {
        let contents = self.contents.as_ref();
        contents.is_none_or(|it| needs_segments(range, meters, &it.revisions, tail))
    }

    /// Forgets the journal, which is in the tail by now.
    pub(crate) fn forget_journal(&mut self) {
        self.journal = None;
    }

    /// Forgets what would not do for the report.
    pub(crate) fn forget_contents(&mut self) {
        self.contents = None;
    }
}

/// What is here of what [`Rows`](exchequer_ledger::Rows) are asked for; `None`
/// if it is not.
impl AtHand {
    fn of(&self, organization: OrganizationId) -> Option<&Contents> {
        let contents = self.contents.as_ref()?;
        (self.organization == organization).then_some(contents)
    }

    pub(crate) fn subjects(&self, organization: OrganizationId) -> Option<u32> {
        self.of(organization).map(|it| it.subjects)
    }

    /// The rollups of the range.
    pub(crate) fn rollups(
        &self,
        organization: OrganizationId,
        days: &Range<Day>,
    ) -> Option<Vec<RollupRow>> {
        let contents = self.of(organization).filter(|it| it.days == *days)?;
        contents.rollups.take()
    }

    /// The revisions of the rollups of all days that a report looks back to.
    pub(crate) fn revisions(
        &self,
        organization: OrganizationId,
        days: &Range<Day>,
    ) -> Option<Vec<(Day, u64)>> {
        let contents = self.of(organization).filter(|it| it.window == *days)?;
        Some(contents.revisions.clone())
    }

    /// The corrections of these days.
    pub(crate) fn voids(
        &self,
        organization: OrganizationId,
        days: &Range<Day>,
    ) -> Option<Vec<VoidRow>> {
        let contents = self.of(organization).filter(|it| it.window == *days)?;
        contents.voids.take()
    }

    /// The segments of a day that the range cuts.
    pub(crate) fn segments(
        &self,
        organization: OrganizationId,
        days: &Range<Day>,
    ) -> Option<Vec<SegmentRow>> {
        let one = days.end == days.start.next();
        let contents = self.of(organization).filter(|_| one)?;
        contents.segments.borrow_mut().remove(&days.start)
    }

    /// The batches of the journal after a seq.
    pub(crate) fn journal(&self, after: Seq) -> Option<&[(Seq, Vec<u8>)]> {
        let (from, batches) = self.journal.as_ref()?;
        let known = batches.partition_point(|(seq, _)| *seq <= after);
        (*from <= after).then(|| &batches[known..])
    }
}
