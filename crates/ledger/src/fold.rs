//! Folding: from acknowledged batches to segments, rollups, names and an
//! identity run. A function of the batches and the stored rows; whoever calls
//! it applies the writes in one transaction, so a crash anywhere leaves
//! either all of a fold or none of it.

pub(crate) mod reroll;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{Day, Instant, MICROS_PER_DAY, MeterSet, OrganizationId, TimeRange};

use crate::directory::{Directories, Directory, SubjectBlock};
use crate::evaluate::{Observed, evaluate};
use crate::identity::run::{RunBuilder, RunMeta, RunPage};
use crate::rollup::{self, Contributions, Point};
use crate::rows::{Rows, VoidRow};
use crate::segment::{self, Segment};
use crate::tail::{Seq, TailBatch};
use crate::void::{self, Voids};

/// Batches to fold: the first of what is unfolded, without a gap.
pub struct FoldJob {
    batches: Vec<Arc<TailBatch>>,
    /// Seq of the last event in them.
    pub upto: Seq,
}

impl FoldJob {
    /// A fold of these batches; `None` if there is none.
    #[must_use]
    pub fn new(batches: Vec<Arc<TailBatch>>) -> Option<Self> {
        let upto = batches.last()?.last();
        Some(Self { batches, upto })
    }

    /// The days that its events are of, of each organisation.
    #[must_use]
    pub fn days(&self) -> BTreeSet<(OrganizationId, Day)> {
        let mut days = BTreeSet::new();
        for batch in &self.batches {
            for (organization, range) in batch.batch.organizations() {
                days.extend(range.map(|row| (organization, batch.batch.time(row).day())));
            }
        }
        days
    }
}

/// A segment part to store.
pub struct SegmentWrite {
    /// Whose events they are.
    pub organization: OrganizationId,
    /// Their UTC day.
    pub day: Day,
    /// Number of the part.
    pub part: u32,
    /// How many events it holds.
    pub events: u32,
    /// Instants of the first and last event.
    pub times: (Instant, Instant),
    /// Lowest and highest seq.
    pub seqs: (Seq, Seq),
    /// All columns but `data`.
    pub blob: Vec<u8>,
    /// The `data` column.
    pub data: Vec<u8>,
}

/// A rollup to store in place of the one of its day.
pub struct RollupWrite {
    /// Whose day it is.
    pub organization: OrganizationId,
    /// The UTC day.
    pub day: Day,
    /// Catalog revision up to which it is complete.
    pub revision: u64,
    /// Highest seq of an event that touches the day.
    pub last_seq: u64,
    /// The encoded rollup.
    pub blob: Vec<u8>,
}

/// All that a fold stores; it belongs into one transaction.
#[derive(Default)]
pub struct FoldWrites {
    /// The folded seq afterwards.
    pub upto: Seq,
    /// Parts that others absorbed, to delete first.
    pub absorbed: Vec<(OrganizationId, Day, u32)>,
    /// Parts to insert.
    pub segments: Vec<SegmentWrite>,
    /// Blocks of names to insert or replace.
    pub subjects: Vec<SubjectBlock>,
    /// Rollups to insert or replace.
    pub rollups: Vec<RollupWrite>,
    /// Corrections to insert, or to replace those of their day. The rollup of
    /// such a day is stored as stale: it may hold what is voided now.
    pub voids: Vec<(OrganizationId, VoidRow)>,
    /// Pages of the identity run.
    pub pages: Vec<RunPage>,
    /// Chunks of its filter, as stored.
    pub filter: Vec<Vec<u8>>,
    /// The run itself, with number 0: it gets one when it is stored.
    pub run: Option<RunMeta>,
}

/// The revision of a rollup that is to be made anew: older than any meter.
const STALE: u64 = 0;

type Slices = Vec<(Arc<TailBatch>, Range<usize>)>;

/// Computes what a fold stores.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn fold<R: Rows>(
    job: &FoldJob,
    meters: &MeterSet,
    directories: &Directories,
    rows: &R,
) -> Result<FoldWrites, R::Error> {
    let mut writes = FoldWrites {
        upto: job.upto,
        ..FoldWrites::default()
    };
    for (organization, slices) in by_organization(&job.batches) {
        let mut folding = Folding::new(organization, directories.get(organization, rows)?);
        folding.load_voids(&slices, rows)?;
        for (batch, range) in slices {
            folding.take(meters, &batch, range);
        }
        folding.store(meters, rows, &mut writes)?;
    }
    write_run(job, &mut writes);
    Ok(writes)
}

fn by_organization(batches: &[Arc<TailBatch>]) -> BTreeMap<OrganizationId, Slices> {
    let mut slices: BTreeMap<OrganizationId, Slices> = BTreeMap::new();
    for batch in batches {
        for (organization, range) in batch.batch.organizations() {
            slices
                .entry(organization)
                .or_default()
                .push((Arc::clone(batch), range));
        }
    }
    slices
}

fn write_run(job: &FoldJob, writes: &mut FoldWrites) {
    let batches = job.batches.iter().map(|batch| &batch.batch);
    let mut entries: Vec<(u64, Day)> = batches
        .flat_map(|batch| (0..batch.len()).map(|row| (batch.hashes[row], batch.time(row).day())))
        .collect();
    entries.sort_unstable();
    let mut builder = RunBuilder::new(0, entries.len() as u64);
    for entry in entries {
        builder.push(entry);
    }
    let (pages, filter, run) = builder.finish();
    (writes.pages, writes.filter, writes.run) = (pages, filter, Some(run));
}

/// The days that a session lies in, with its part in each.
pub(crate) fn by_day(range: TimeRange) -> impl Iterator<Item = (Day, (i64, i64))> {
    range.days().map(move |day| {
        let start = day.start().micros();
        let end = start + MICROS_PER_DAY;
        (
            day,
            (
                range.start().micros().max(start),
                range.end().micros().min(end),
            ),
        )
    })
}

/// Adds what an event contributes to its days. One that is voided touches
/// the same days and adds nothing to them.
pub(crate) fn contribute(
    meters: &MeterSet,
    event: (&str, Instant, &str),
    voided: bool,
    (subject, seq): (u32, Seq),
    days: &mut BTreeMap<Day, Contributions>,
) {
    let (kind, time, data) = event;
    let day = time.day();
    let first = days.entry(day).or_default();
    first.last_seq = first.last_seq.max(seq.number());
    evaluate(
        meters,
        kind,
        time,
        data,
        |meter, aggregation, observed| match observed {
            Observed::Point(_) if voided => {}
            Observed::Point(value) => {
                let first = time.offset_in_day();
                let point = Point {
                    subject,
                    first,
                    value,
                };
                days.entry(day)
                    .or_default()
                    .point(meter.number, aggregation, point);
            }
            Observed::Session(range) => {
                for (day, span) in by_day(range) {
                    let contributions = days.entry(day).or_default();
                    if !voided {
                        contributions.session(meter.number, subject, span);
                    }
                    contributions.last_seq = contributions.last_seq.max(seq.number());
                }
            }
        },
    );
}

/// One organisation's share of a fold.
struct Folding {
    organization: OrganizationId,
    known: u32,
    directory: Arc<Directory>,
    segments: BTreeMap<Day, Segment>,
    days: BTreeMap<Day, Contributions>,
    /// What is voided already.
    voids: Voids,
    /// What these events void, by day, with the highest seq.
    voiding: BTreeMap<Day, (Voids, u64)>,
}

impl Folding {
    fn new(organization: OrganizationId, directory: Arc<Directory>) -> Self {
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

    fn load_voids<R: Rows>(&mut self, slices: &Slices, rows: &R) -> Result<(), R::Error> {
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

    fn take(&mut self, meters: &MeterSet, tail: &TailBatch, range: Range<usize>) {
        let batch = &tail.batch;
        for row in range {
            let event = batch.content(row);
            let (day, seq) = (event.time.day(), tail.first.plus(row as u64));
            let subject = self.subject(event.subject);
            let segment = self.segments.entry(day).or_default();
            segment.push(batch, row, seq, subject);
            if !event.voids.is_empty() {
                let (voids, last_seq) = self.voiding.entry(day).or_default();
                voids.note(&event);
                *last_seq = seq.number();
            }
            let voided = self.voids.cover(event.time, event.source, event.id);
            let observed = (event.kind, event.time, event.data);
            contribute(meters, observed, voided, (subject, seq), &mut self.days);
        }
    }

    fn store<R: Rows>(
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
            segment.append(&old);
            writes.absorbed.push((self.organization, day, part));
        }
        let next = parts.iter().map(|part| part.part + 1).max().unwrap_or(0);
        for (part, segment) in (next..).zip(segment.into_parts()) {
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
        // What is incomplete stays so until it is rolled up anew.
        let corrected = self.voiding.contains_key(&day);
        let complete = if corrected { STALE } else { meters.revision() };
        let revision = stored
            .as_ref()
            .map_or(complete, |row| row.revision.min(complete));
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
    let instant = |time: Option<&i64>| Instant::from_micros(time.copied().unwrap_or_default());
    let lowest = segment.seqs.iter().min().copied().unwrap_or_default();
    let highest = segment.seqs.iter().max().copied().unwrap_or_default();
    let (blob, data) = segment.encode();
    SegmentWrite {
        organization,
        day,
        part,
        events: segment.len() as u32,
        times: (instant(times.first()), instant(times.last())),
        seqs: (Seq::new(lowest), Seq::new(highest)),
        blob,
        data,
    }
}
