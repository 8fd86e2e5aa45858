//! The rows of a report, read in one round trip.

mod rows;
mod statement;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use exchequer_core::{ContractZones, Day, MeterSet, OrganizationId, TimeRange};
use exchequer_ledger::{
    Extent, RollupRow, SegmentRow, Seq, TailSlice, VoidRow, cut_days, days, needs_segments, window,
};

use crate::error::{Cause, StoreError};
use crate::rows::StoredRows;
use crate::sql::params;

pub(crate) use rows::{Fallback, Memory, Missed, ReportRows};
use statement::{Batches, CONTENTS, Found, KEY};

/// A report to prefetch the rows of.
#[derive(Clone, Copy)]
pub(crate) struct ReportQuery {
    pub(crate) organization: OrganizationId,
    pub(crate) range: TimeRange,
    /// The last seq in memory: of the journal only the rest is read.
    pub(crate) known: Seq,
}

/// The prefetched rows of a report. They are large, so each is handed out once.
pub(crate) struct ReportPrefetch {
    /// The extent of the partition.
    pub(crate) extent: Extent,
    /// The revision of the meters.
    pub(crate) meter_revision: i64,
    /// The version of the aliases, if there are any.
    pub(crate) alias_version: Option<u64>,
    /// The meters that contracts price within the range, by name: reports list
    /// them even where they counted nothing.
    pub(crate) entitled: Vec<String>,
    /// The zone of the contract at the end of the range.
    pub(crate) zones: ContractZones,
    /// The highest seq of the range's rollups and corrections; 0 if there are none.
    pub(crate) last_seq: u64,
    organization: OrganizationId,
    /// A seq, and the batches of the journal after it.
    journal: Option<(Seq, Batches)>,
    contents: Option<Contents>,
}

/// The folded events of a range, apart from segments of days whose rollups are
/// stale.
struct Contents {
    window: Range<Day>,
    days: Range<Day>,
    subjects: u32,
    revisions: Vec<(Day, u64)>,
    rollups: Cell<Option<Vec<RollupRow>>>,
    voids: Cell<Option<Vec<VoidRow>>>,
    /// The segments of the days that the range cuts. A day without any has an
    /// empty entry, so that it is known to have none.
    segments: RefCell<BTreeMap<Day, Vec<SegmentRow>>>,
}

impl ReportPrefetch {
    /// Reads the rows of a report.
    ///
    /// The segments of a cut day are read only if a meter may want them, and
    /// their `data` likewise. That is guessed by `meters`, those that were read
    /// last, because asking for the current ones would be another round trip. A
    /// wrong guess costs a read more, and never a figure.
    pub(crate) fn read(
        rows: &StoredRows<'_>,
        query: &ReportQuery,
        meters: &MeterSet,
    ) -> Result<Self, StoreError> {
        let (window, days) = (window(query.range), days(query.range));
        let versions = || meters.meters().iter().flat_map(|meter| &meter.versions);
        // Sessions come from the spans of rollups, also on cut days.
        let points = versions().any(|it| !it.aggregation.is_session());
        let data = versions().any(|it| it.field().is_some());
        let cut: Vec<Day> = cut_days(query.range).filter(|_| points).collect();
        let cut_day = |which: usize| cut.get(which).map(|day| day.number());
        let (extent, mut found) = Found::read(
            rows,
            CONTENTS,
            params![
                query.organization.as_bytes(),
                days.start.number(),
                window.start.number(),
                window.end.number(),
                data,
                cut_day(0),
                cut_day(1),
                query.range.end().micros(),
                query.range.start().micros(),
                query.known.number(),
            ],
        )?;
        let rollups = found.rollups.iter().map(|row| row.last_seq);
        let voids = found.voids.iter().map(|row| row.last_seq);
        let last_seq = rollups.chain(voids).max();
        let contents = Contents::new(&mut found, window, days, cut)?;
        Ok(Self::new(query, extent, found, last_seq, Some(contents)))
    }

    /// Reads the rows that the key of a report is made from: those of
    /// [`ReportPrefetch::read`] without contents.
    pub(crate) fn read_key(rows: &StoredRows<'_>, query: &ReportQuery) -> Result<Self, StoreError> {
        let (window, days) = (window(query.range), days(query.range));
        let (extent, found) = Found::read(
            rows,
            KEY,
            params![
                query.organization.as_bytes(),
                days.start.number(),
                days.end.number(),
                window.start.number(),
                query.range.end().micros(),
                query.range.start().micros(),
                query.known.number(),
            ],
        )?;
        let last_seq = found.numbers.into_iter().flatten().max();
        Ok(Self::new(query, extent, found, last_seq, None))
    }

    fn new(
        query: &ReportQuery,
        extent: Extent,
        found: Found,
        last_seq: Option<u64>,
        contents: Option<Contents>,
    ) -> Self {
        Self {
            extent,
            meter_revision: found.meter_revision,
            alias_version: found.alias_version,
            entitled: found.entitled,
            zones: found.zones,
            // Seqs begin at 1, so 0 is below every other.
            last_seq: last_seq.unwrap_or(0),
            organization: query.organization,
            journal: Some((query.known, found.journal)),
            contents,
        }
    }

    /// Returns whether the report reads segments that are not prefetched.
    pub(crate) fn lacks_segments(
        &self,
        range: TimeRange,
        meters: &MeterSet,
        tail: &TailSlice,
    ) -> bool {
        let contents = self.contents.as_ref();
        contents.is_none_or(|it| needs_segments(range, meters, &it.revisions, tail))
    }

    /// Drops the batches of the journal, which are in the tail by now.
    pub(crate) fn drop_journal(&mut self) {
        self.journal = None;
    }

    /// Drops the contents, which do not suffice for the report.
    pub(crate) fn drop_contents(&mut self) {
        self.contents = None;
    }

    fn contents(&self, organization: OrganizationId) -> Option<&Contents> {
        let contents = self.contents.as_ref()?;
        (self.organization == organization).then_some(contents)
    }

    fn rollups(&self, organization: OrganizationId, days: &Range<Day>) -> Option<Vec<RollupRow>> {
        let contents = self.contents(organization)?;
        (contents.days == *days).then(|| contents.rollups.take())?
    }

    fn revisions(
        &self,
        organization: OrganizationId,
        days: &Range<Day>,
    ) -> Option<Vec<(Day, u64)>> {
        // Small, and also asked for by `lacks_segments`: handed out as a copy.
        let contents = self.contents(organization)?;
        (contents.window == *days).then(|| contents.revisions.clone())
    }

    fn voids(&self, organization: OrganizationId, days: &Range<Day>) -> Option<Vec<VoidRow>> {
        let contents = self.contents(organization)?;
        (contents.window == *days).then(|| contents.voids.take())?
    }

    fn segments(&self, organization: OrganizationId, days: &Range<Day>) -> Option<Vec<SegmentRow>> {
        let is_one_day = days.end == days.start.next();
        let contents = self.contents(organization).filter(|_| is_one_day)?;
        contents.segments.borrow_mut().remove(&days.start)
    }

    /// Returns the batches after a seq, unless some of them were not read.
    fn journal(&self, after: Seq) -> Option<&[(Seq, Vec<u8>)]> {
        let (from, batches) = self.journal.as_ref()?;
        let known = batches.partition_point(|(seq, _)| *seq <= after);
        (*from <= after).then(|| &batches[known..])
    }
}

impl Contents {
    fn new(
        found: &mut Found,
        window: Range<Day>,
        days: Range<Day>,
        cut: Vec<Day>,
    ) -> Result<Self, StoreError> {
        // Blocks of names are full but for the last, so its end is the count. An
        // organisation without a block has no subject yet.
        let subjects = u32::try_from(found.numbers[0].unwrap_or(0))
            .map_err(|error| StoreError::range(Cause::from_error(error)))?;
        let mut segments: BTreeMap<_, _> = cut.into_iter().map(|day| (day, vec![])).collect();
        for row in found.segments.drain(..) {
            segments.entry(row.day).or_default().push(row);
        }
        let revisions = std::mem::take(&mut found.revisions);
        let rollups = std::mem::take(&mut found.rollups);
        let within = revisions.iter().filter(|(day, _)| *day >= days.start);
        if within.count() != rollups.len() {
            return Err(StoreError::corrupt("rollup", "a blob is missing"));
        }
        Ok(Self {
            window,
            days,
            subjects,
            revisions,
            rollups: Cell::new(Some(rollups)),
            voids: Cell::new(Some(std::mem::take(&mut found.voids))),
            segments: RefCell::new(segments),
        })
    }
}
