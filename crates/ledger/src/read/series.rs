//! One meter's totals in many ranges at once.
//!
//! Each range is counted on its own, as [`totals`](crate::totals) counts it:
//! resources seen in two of them count in both. They share the work:
//! a stored day is opened once, and an event evaluated once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{
    Day, Instant, Meter, MeterSet, MeteredRange, OrganizationId, Quantity, TimeRange,
};

use super::as_of::Mark;
use super::merged::Merged;
use super::names::Names;
use super::range::{days, sources, window};
use super::reading::{Newcomers, Reading};
use super::rules::CountingRules;
use super::stale::{Reached, Voided, reached, voided};
use crate::directory::{Directories, Directory};
use crate::evaluate::{Observed, evaluate};
use crate::fold::stored::{ALL, each_folded};
use crate::rollup;
use crate::rows::Rows;
use crate::tail::{TailBatch, TailSlice};
use crate::void::Voids;

/// Computes the total of a meter in each of these ranges, which are in order and do
/// not overlap: 0 where it saw nothing, or if there is no such meter.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn series<R: Rows>(
    organization: OrganizationId,
    buckets: &[MeteredRange],
    meter: &str,
    rules: CountingRules<'_>,
    tail: &TailSlice,
    directories: &Directories,
    rows: &R,
) -> Result<Vec<Quantity>, R::Error> {
    // Within a family a resource counts only in the highest-ranked meter, so the
    // others of its family are read as well.
    let meters = with_family(rules.meters, meter);
    let whole = match buckets {
        [first, .., last] => TimeRange::new(first.range.start(), last.range.end()),
        [only] => Some(only.range),
        [] => None,
    };
    let whole = match whole {
        Some(whole) if !meters.meters().is_empty() => whole,
        _ => return Ok(vec![Quantity::ZERO; buckets.len()]),
    };
    let days = days(whole);
    let stored = rows.revisions(organization, window(whole))?;
    let mark = const { &Mark::END };
    let Voided {
        voids, unsettled, ..
    } = voided(organization, window(whole), mark, tail, rows)?;
    let series = Series {
        organization,
        meter,
        rules: CountingRules {
            meters: &meters,
            ..rules
        },
        buckets,
        mark,
        reached: reached(&meters, mark, &stored, &unsettled, &days),
        unsettled,
        open: BTreeMap::new(),
        totals: vec![Quantity::ZERO; buckets.len()],
        merged: Merged::default(),
        merged_by: (None, false),
    };
    let stored = stored.into_iter().map(|(day, _)| day).collect();
    series.count(whole, &voids, &stored, tail, directories, rows)
}

/// Returns the meter, and whatever may share a family with it.
fn with_family(meters: &MeterSet, name: &str) -> MeterSet {
    fn families(meter: &Meter) -> impl Iterator<Item = &str> {
        let families = meter.versions.iter().flat_map(|version| &version.family);
        families.map(|family| family.name.as_str())
    }
    let Some(meter) = meters.by_name(name) else {
        return MeterSet::default();
    };
    let own: BTreeSet<&str> = families(meter).collect();
    let concerned = meters
        .meters()
        .iter()
        .filter(|other| other.name == name || families(other).any(|family| own.contains(family)));
    MeterSet::new(concerned.cloned().collect()).expect("a part of a valid set is valid")
}

struct Series<'a> {
    organization: OrganizationId,
    meter: &'a str,
    rules: CountingRules<'a>,
    buckets: &'a [MeteredRange],
    mark: &'a Mark,
    reached: Reached,
    unsettled: BTreeSet<Day>,
    /// The buckets that something was seen of and that are not over.
    open: BTreeMap<usize, Reading<'a>>,
    totals: Vec<Quantity>,
    /// The names that are one resource in the bucket that was closed last.
    merged: Merged,
    /// The first day of their list, and whether some meter folded resources in that bucket.
    merged_by: (Option<Day>, bool),
}

/// Rows of the tail by day.
type Unfolded<'t> = BTreeMap<Day, Vec<(&'t TailBatch, usize)>>;

fn unfolded(tail: &TailSlice, range: TimeRange) -> Unfolded<'_> {
    let days = window(range);
    let mut unfolded = Unfolded::new();
    for (batch, range) in &tail.parts {
        for row in range.clone() {
            let time = batch.batch.time(row);
            if days.contains(&time.day()) {
                let rows = unfolded.entry(time.day()).or_default();
                rows.push((batch.as_ref(), row));
            }
        }
    }
    unfolded
}

impl<'a> Series<'a> {
    /// Goes through the days in order. A bucket is over with its last day:
    /// whatever counts in it has begun by then.
    fn count<R: Rows>(
        mut self,
        range: TimeRange,
        voids: &Voids,
        stored: &BTreeSet<Day>,
        tail: &TailSlice,
        directories: &Directories,
        rows: &R,
    ) -> Result<Vec<Quantity>, R::Error> {
        let directory = directories.get(self.organization, rows)?;
        let mut newcomers = Newcomers::default();
        let (days, unfolded) = (days(range), unfolded(tail, range));
        let reached = self.reached.values().flatten().copied();
        let wanted: BTreeSet<Day> = reached.flat_map(sources).collect();
        let touched: BTreeSet<Day> = stored.iter().chain(unfolded.keys()).copied().collect();
        for day in touched {
            if stored.contains(&day) {
                let subjects = directory.len();
                let complete = !days.contains(&day) || self.take_rollup(day, subjects, rows)?;
                if !complete || wanted.contains(&day) {
                    self.take_segments(day, voids, directory.len(), rows)?;
                }
            }
            for (batch, row) in unfolded.get(&day).into_iter().flatten() {
                let event = batch.batch.content(*row);
                // As in a report: a void event of the tail counts nowhere.
                if voids.cover(event.time, event.source, event.id) {
                    continue;
                }
                let known = directory.number(event.subject);
                let subject =
                    known.unwrap_or_else(|| directory.len() + newcomers.number(event.subject));
                self.take_event((event.kind, event.time, event.data), subject, true);
            }
            // Days come in order, so a bucket that ends here gets nothing more, and its
            // reading can be dropped.
            self.close(day.next().start(), &directory, &mut newcomers, rows)?;
        }
        let end = Instant::from_micros(i64::MAX);
        self.close(end, &directory, &mut newcomers, rows)?;
        Ok(self.totals)
    }

    /// Returns the buckets that share an instant with `[start, end)`.
    fn overlapping(&self, start: Instant, end: Instant) -> Range<usize> {
        let first = self
            .buckets
            .partition_point(|bucket| bucket.range.end() <= start);
        let behind = self
            .buckets
            .partition_point(|bucket| bucket.range.start() < end);
        first..behind.max(first)
    }

    fn open(&mut self, bucket: usize) -> &mut Reading<'a> {
        let (organization, rules) = (self.organization, self.rules);
        let MeteredRange { range, last_day } = self.buckets[bucket];
        let (reached, unsettled) = (&self.reached, &self.unsettled);
        self.open.entry(bucket).or_insert_with(|| {
            let mut reading = Reading::new(
                organization,
                MeteredRange { range, last_day },
                rules,
                self.mark,
            );
            let within = |reached: &BTreeSet<Day>| reached.range(days(range)).copied().collect();
            reading.voided.unsettled = within(unsettled);
            let reached = reached.iter();
            reading.reached = reached
                .map(|(meter, days)| (*meter, within(days)))
                .collect();
            reading
        })
    }

    /// Gives a day's rollup to the buckets of the day. Returns whether none of them
    /// misses points.
    fn take_rollup<R: Rows>(
        &mut self,
        day: Day,
        subjects: u32,
        rows: &R,
    ) -> Result<bool, R::Error> {
        let mut complete = true;
        for row in rows.rollups(self.organization, day..day.next())? {
            let what = format!("rollup {}/{day}", self.organization);
            let damaged = |damage| rows.damaged(what.clone(), damage);
            let mut sections = rollup::open(day, &row.blob, subjects).map_err(damaged)?;
            let meters = self.rules.meters.meters();
            sections.retain(|section| meters.iter().any(|meter| meter.number == section.meter));
            for bucket in self.overlapping(day.start(), day.next().start()) {
                let taken = self.open(bucket).take_rollup(day, row.revision, &sections);
                complete &= taken.map_err(damaged)?;
            }
        }
        Ok(complete)
    }

    fn take_segments<R: Rows>(
        &mut self,
        day: Day,
        voids: &Voids,
        subjects: u32,
        rows: &R,
    ) -> Result<(), R::Error> {
        let (of, meters) = (self.organization, self.rules.meters);
        each_folded(
            of,
            (day, ALL),
            meters,
            voids,
            subjects,
            rows,
            |event, subject| {
                self.take_event(event, subject, false);
            },
        )
    }

    /// Gives the meters' readings of an event to the buckets that it falls in.
    fn take_event(&mut self, event: (&str, Instant, &str), subject: u32, tail: bool) {
        let (kind, time, data) = event;
        let meters = self.rules.meters;
        evaluate(meters, kind, time, data, |meter, how, observed| {
            let buckets = match observed {
                Observed::Point(_) => {
                    self.overlapping(time, Instant::from_micros(time.micros() + 1))
                }
                Observed::Session(session) => self.overlapping(session.start(), session.end()),
            };
            for bucket in buckets {
                let reading = self.open(bucket);
                reading.observe(meter, how, observed, time, subject, tail);
            }
        });
    }

    /// Counts the buckets that end by this instant.
    fn close<R: Rows>(
        &mut self,
        by: Instant,
        directory: &Directory,
        newcomers: &mut Newcomers,
        rows: &R,
    ) -> Result<(), R::Error> {
        while let Some(entry) = self.open.first_entry() {
            let bucket = *entry.key();
            if self.buckets[bucket].range.end() > by {
                break;
            }
            let reading = entry.remove();
            // Most buckets count by the aliases of the one before.
            let by = (self.rules.aliases.since(reading.last_day), reading.folds());
            if by != self.merged_by {
                self.merged = reading.merged(directory, newcomers);
                self.merged_by = by;
            }
            let totals = reading.totals(Names::new(directory, &newcomers.names, &self.merged));
            let mut totals = totals.map_err(|damage| {
                rows.damaged(format!("rollup of {}", self.organization), damage)
            })?;
            // Others of its family may have opened the bucket; then it saw nothing.
            self.totals[bucket] = totals.remove(self.meter).unwrap_or(Quantity::ZERO);
        }
        Ok(())
    }
}
