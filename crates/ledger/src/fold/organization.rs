//! One organisation's share of a fold.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{Day, Instant, MeterSet, OrganizationId};

use super::contribute::contribute;
use super::writes::{FoldWrites, RollupWrite, SegmentWrite};
use crate::directory::Directory;
use crate::rollup::{self, Contributions};
use crate::rows::Rows;
use crate::segment::{self, Segment};
use crate::tail::{Seq, TailBatch};
use crate::void::{self, Voids};

/// The revision of a rollup that has to be made again: older than any meter.
const STALE: u64 = 0;

/// The rows of one organisation in each batch.
pub(super) type Slices = Vec<(Arc<TailBatch>, Range<usize>)>;

/// One organisation's share of a fold.
pub(super) struct Folding {
    organization: OrganizationId,
    known: u32,
    directory: Arc<Directory>,
    segments: BTreeMap<Day, Segment>,
    days: BTreeMap<Day, Contributions>,
    /// The stored voids of these days.
    voids: Voids,
    /// The voids among these events, by day, with the highest seq.
    voiding: BTreeMap<Day, (Voids, u64)>,
}

impl Folding {
    pub(super) fn new(organization: OrganizationId, directory: Arc<Directory>) -> Self {
        Self {
            organization,
            known: directory.len(),
            directory,
            segments: BTreeMap::new(),
            days: BTreeMap::new(),
            voids: Voids::default(),
            voiding: BTreeMap::new(),
        }
    }

    pub(super) fn load_voids<R: Rows>(
        &mut self,
        slices: &Slices,
        rows: &R,
    ) -> Result<(), R::Error> {
        let mut days = BTreeSet::new();
        for (batch, range) in slices {
            days.extend(range.clone().map(|row| batch.batch.time(row).day()));
        }
        for day in days {
            let (voids, _) = void::stored(self.organization, day..day.next(), rows)?;
            self.voids.extend(voids);
        }
        Ok(())
    }

    fn subject(&mut self, name: &str) -> u32 {
        // Copies the shared directory only once a new name comes up.
        match self.directory.number(name) {
            Some(number) => number,
            None => Arc::make_mut(&mut self.directory).intern(name),
        }
    }

    pub(super) fn take(&mut self, meters: &MeterSet, tail: &TailBatch, range: Range<usize>) {
        let batch = &tail.batch;
        for row in range {
            let event = batch.content(row);
            let (day, seq) = (event.time.day(), tail.first.plus(row as u64));
            let subject = self.subject(event.subject);
            let segment = self.segments.entry(day).or_default();
            segment.push(batch, row, seq, subject);
            if !event.voids.is_empty() {
                let (voids, last_seq) = self.voiding.entry(day).or_default();
                voids.add_target(&event);
                // Batches come in the order of their seqs, so this is the highest.
                debug_assert!(seq.number() > *last_seq);
                *last_seq = seq.number();
            }
            let voided = self.voids.cover(event.time, event.source, event.id);
            // A void that comes later in this fold is not seen here. It need not be:
            // its day becomes stale.
            let observed = (event.kind, event.time, event.data);
            contribute(meters, observed, voided, (subject, seq), &mut self.days);
        }
    }

    pub(super) fn store<R: Rows>(
        mut self,
        meters: &MeterSet,
        rows: &R,
        writes: &mut FoldWrites,
    ) -> Result<(), R::Error> {
        if self.directory.len() > self.known {
            let blocks = self.directory.blocks_from(self.organization, self.known);
            writes.subjects.extend(blocks);
        }
        for (day, segment) in std::mem::take(&mut self.segments) {
            self.store_segment(day, segment, rows, writes)?;
        }
        for (day, contributions) in std::mem::take(&mut self.days) {
            writes
                .rollups
                .push(self.rollup(day, contributions, meters, rows)?);
        }
        // The row of a day holds all voids of it, so new ones are added to the old.
        for (day, (new, last_seq)) in &self.voiding {
            let days = *day..day.next();
            let (mut all, before) = void::stored(self.organization, days, rows)?;
            all.extend(new.clone());
            let row = void::row(*day, &all, before.max(*last_seq));
            writes.voids.push((self.organization, row));
        }
        Ok(())
    }

    fn store_segment<R: Rows>(
        &self,
        day: Day,
        mut segment: Segment,
        rows: &R,
        writes: &mut FoldWrites,
    ) -> Result<(), R::Error> {
        let parts = rows.parts(self.organization, day)?;
        for part in segment::absorbed(&parts, segment.len()) {
            let row = rows.segment(self.organization, day, part)?;
            let old = Segment::decode(&row.blob, row.data.as_deref()).map_err(|damage| {
                rows.damaged(
                    format!("segment {}/{day}/{part}", self.organization),
                    damage,
                )
            })?;
            // The parts that a new one absorbs are read and deleted in the same fold: a
            // reader's snapshot has either them or the merged part.
            segment.append(&old);
            writes.absorbed.push((self.organization, day, part));
        }
        // Numbers are not used again within a fold, so an insert never meets a part
        // that is deleted with it. The first part of a day has number 0.
        let next = parts.iter().map(|part| part.part + 1).max().unwrap_or(0);
        let events = segment.len();
        let new = segment.into_parts();
        let cut: usize = new.iter().map(Segment::len).sum();
        assert_eq!(
            cut, events,
            "an event was lost while a day was cut into parts"
        );
        for (part, segment) in (next..).zip(new) {
            writes
                .segments
                .push(segment_write(self.organization, day, part, &segment));
        }
        Ok(())
    }

    fn rollup<R: Rows>(
        &self,
        day: Day,
        contributions: Contributions,
        meters: &MeterSet,
        rows: &R,
    ) -> Result<RollupWrite, R::Error> {
        let stored = rows.rollups(self.organization, day..day.next())?.pop();
        // The stored rollup may hold events that these voids take out, and nothing
        // can be subtracted from a distinct count or a maximum. So the day becomes
        // stale, and readers compute it from segments until it is rolled up again.
        let voided = self.voiding.contains_key(&day);
        let complete = if voided { STALE } else { meters.revision() };
        // A fold adds to a stale rollup and does not complete it, so it stays stale.
        let revision = stored
            .as_ref()
            .map_or(complete, |row| row.revision.min(complete));
        // Seqs count from 1: 0 is below those of any event.
        let old_seq = stored.as_ref().map_or(0, |row| row.last_seq);
        let old = match stored {
            Some(row) => rollup::decode(day, &row.blob).map_err(|damage| {
                rows.damaged(format!("rollup {}/{day}", self.organization), damage)
            })?,
            None => rollup::Sections::new(),
        };
        let last_seq = old_seq.max(contributions.last_seq);
        let sections = rollup::merge(old, contributions.into_sections());
        Ok(RollupWrite {
            organization: self.organization,
            day,
            revision,
            last_seq,
            blob: rollup::encode(day, &sections),
        })
    }
}

fn segment_write(
    organization: OrganizationId,
    day: Day,
    part: u32,
    segment: &Segment,
) -> SegmentWrite {
    let times = &segment.columns.times;
    assert!(segment.len() > 0, "a part without events");
    let (first, last) = (times[0], times[segment.len() - 1]);
    let (lowest, highest) = segment.seqs.iter().fold((u64::MAX, 0), |(low, high), seq| {
        (low.min(*seq), high.max(*seq))
    });
    assert!(lowest > 0 && first <= last, "a part out of order");
    let (blob, data) = segment.encode();
    SegmentWrite {
        organization,
        day,
        part,
        events: segment.len() as u32,
        times: (Instant::from_micros(first), Instant::from_micros(last)),
        seqs: (Seq::new(lowest), Seq::new(highest)),
        blob,
        data,
    }
}
