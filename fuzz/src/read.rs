//! A report on stored rows that all have the right checksum and anything
//! inside: they are read or named as damaged.

use std::ops::Range;

use exchequer_core::{Aliases, Day, Instant, Meter, MeteredRange, OrganizationId, TimeRange};
use exchequer_ledger::{
    CountingRules, Damage, Directories, EventFilter, EventPaging, PartBounds, PartRow, RollupRow,
    Rows, SegmentRow, Seq, TailSlice, VoidRow, events, fuzz, series, totals, usage_report,
};

use crate::input::{HOME, meters};

/// The day that has rows.
const DAY: Day = Day::from_number(20_000);

/// Three bytes say which range is asked for; then come the rows, each with its
/// kind, two bytes of length, and its sections.
pub(crate) fn check(bytes: &[u8]) {
    let [first, last, revision, rest @ ..] = bytes else {
        return;
    };
    let rows = Stored::new(u64::from(*revision % 2), rest);
    let start = DAY.start().micros();
    let at = |hour: u8| start + i64::from(hour % 49) * 3_600_000_000;
    let (first, last) = (at(*first), at(*last));
    let Some(range) = TimeRange::new(
        Instant::from_micros(first.min(last)),
        Instant::from_micros(first.max(last)),
    ) else {
        return;
    };
    let metered = MeteredRange::utc(range);
    let (meters, tail) = (meters(), TailSlice::default());
    let rules = CountingRules::without_aliases(&meters);
    let directories = Directories::new(1 << 20);
    let read = directories.get(HOME, &rows);
    let read = read.and_then(|names| usage_report(HOME, metered, rules, &tail, names, &rows));
    let added = totals(HOME, metered, rules, &tail, &directories, &rows);
    assert_eq!(read.is_ok(), added.is_ok());
    for meter in meters.meters() {
        // Rows that contradict each other may make another total of it.
        let _ = series(
            HOME,
            &[metered],
            &meter.name,
            rules,
            &tail,
            &directories,
            &rows,
        );
        pages(range, Some(meter), &directories, &rows);
    }
    pages(range, None, &directories, &rows);
}

/// Walks through the events, as long as there are any.
fn pages(range: TimeRange, meter: Option<&Meter>, directories: &Directories, rows: &Stored) {
    let filter = EventFilter {
        range: MeteredRange::utc(range),
        meter,
        resource: None,
        aliases: &Aliases::NONE,
        voided: true,
    };
    let (mut from, folded) = (None, Seq::new(9));
    for _ in 0..8 {
        let paging = EventPaging {
            from,
            limit: 3,
            budget: 5,
        };
        let tail = TailSlice::default();
        let page = events(HOME, filter, paging, &tail, folded, directories, rows);
        let Ok(page) = page else { return };
        assert!(page.events.len() <= 3);
        from = page.next;
        if from.is_none() {
            return;
        }
    }
}

/// One organisation's rows: the last of each kind that the input has.
struct Stored {
    revision: u64,
    subjects: Vec<u8>,
    rollup: Vec<u8>,
    segment: Vec<u8>,
    data: Vec<u8>,
    /// Empty for a day without voids.
    voids: Vec<u8>,
}

impl Stored {
    fn new(revision: u64, mut parts: &[u8]) -> Self {
        let mut blobs: [Vec<u8>; 5] = Default::default();
        while let [which, low, high, rest @ ..] = parts {
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let (sections, rest) = rest.split_at(length);
            // As `fuzz::seal` numbers segments, their data, rollups, subjects
            // and voids.
            let number = [1, 2, 3, 4, 7][usize::from(which % 5)];
            blobs[usize::from(which % 5)] = fuzz::seal_parts(number, sections);
            parts = rest;
        }
        let [segment, data, rollup, subjects, voids] = blobs;
        Self {
            revision,
            subjects,
            rollup,
            segment,
            data,
            voids,
        }
    }

    fn days(&self, days: Range<Day>) -> impl Iterator<Item = Day> + use<> {
        Some(DAY).filter(|day| days.contains(day)).into_iter()
    }
}

impl Rows for Stored {
    type Error = Damage;

    fn damaged(&self, _: String, damage: Damage) -> Damage {
        damage
    }

    fn rollups(&self, _: OrganizationId, days: Range<Day>) -> Result<Vec<RollupRow>, Damage> {
        let row = |day| RollupRow {
            day,
            revision: self.revision,
            last_seq: 9,
            blob: self.rollup.clone(),
        };
        Ok(self.days(days).map(row).collect())
    }

    fn revisions(&self, _: OrganizationId, days: Range<Day>) -> Result<Vec<(Day, u64)>, Damage> {
        Ok(self.days(days).map(|day| (day, self.revision)).collect())
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, Damage> {
        let row = |day| {
            let mut row = self.segment(organization, day, 0)?;
            row.data = row.data.filter(|_| with_data);
            Ok(row)
        };
        self.days(days).map(row).collect()
    }

    fn segment(&self, _: OrganizationId, day: Day, part: u32) -> Result<SegmentRow, Damage> {
        Ok(SegmentRow {
            day,
            part,
            blob: self.segment.clone(),
            data: Some(self.data.clone()),
        })
    }

    fn voids(&self, _: OrganizationId, days: Range<Day>) -> Result<Vec<VoidRow>, Damage> {
        let days = self.days(days).filter(|_| !self.voids.is_empty());
        let row = |day| VoidRow {
            day,
            last_seq: 9,
            blob: self.voids.clone(),
        };
        Ok(days.map(row).collect())
    }

    fn bounds(&self, _: OrganizationId, days: Range<Day>) -> Result<Vec<PartBounds>, Damage> {
        let bounds = |day: Day| PartBounds {
            day,
            part: 0,
            times: (day.start(), day.next().start()),
            min_seq: Seq::new(1),
        };
        Ok(self.days(days).map(bounds).collect())
    }

    fn parts(&self, _: OrganizationId, _: Day) -> Result<Vec<PartRow>, Damage> {
        Ok(vec![PartRow { part: 0, events: 9 }])
    }

    fn subjects(&self, _: OrganizationId) -> Result<u32, Damage> {
        Ok(1)
    }

    fn subject_blocks(&self, _: OrganizationId, _: u32) -> Result<Vec<Vec<u8>>, Damage> {
        Ok(vec![self.subjects.clone()])
    }

    fn run_page(&self, _: u64, _: u32) -> Result<Vec<u8>, Damage> {
        Ok(Vec::new())
    }

    fn filter_chunk(&self, _: u64, _: u32) -> Result<Vec<u8>, Damage> {
        Ok(Vec::new())
    }
}
