//! The merged read: whole days from rollups, the cut days at the edges of a
//! range from segments, and what is not folded yet from the tail.
//!
//! Every event is in exactly one of them: a fold moves it in one transaction,
//! and the tail that a reader brings is cut at the folded seq of its snapshot.

mod points;
mod report;
mod spans;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{Day, Instant, Meter, MeterSet, OrganizationId, Quantity, TimeRange};

use crate::directory::{Directories, Directory};
use crate::evaluate::{Observed, epoch_on, evaluate};
use crate::fold::{by_day, contribute};
use crate::reroll::{LONGEST_SESSION_DAYS, load, reaching};
use crate::rollup::{self, StoredSection};
use crate::rows::Rows;
use crate::strings::Strings;
use crate::tail::TailSlice;

pub use report::{Resource, Usage, UsageReport};

use points::PointTotals;
use spans::SessionTotals;

/// The usage of an organisation in a range, exact as of the snapshot `rows`
/// and the tail beyond it.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn read<R: Rows>(
    organization: OrganizationId,
    range: TimeRange,
    meters: &MeterSet,
    tail: &TailSlice,
    directories: &Directories,
    rows: &R,
) -> Result<UsageReport, R::Error> {
    let directory = directories.get(organization, rows)?;
    let (reading, newcomers) = gather(organization, range, meters, tail, &directory, rows)?;
    reading.report(directory, newcomers.names, |what, damage| {
        rows.damaged(what, damage)
    })
}

/// The totals of [`read`], by meter name: no resource is named or put in order.
///
/// # Errors
/// As [`read`].
pub fn totals<R: Rows>(
    organization: OrganizationId,
    range: TimeRange,
    meters: &MeterSet,
    tail: &TailSlice,
    directories: &Directories,
    rows: &R,
) -> Result<BTreeMap<String, Quantity>, R::Error> {
    let directory = directories.get(organization, rows)?;
    let (reading, _) = gather(organization, range, meters, tail, &directory, rows)?;
    let damaged = |damage| rows.damaged(format!("rollup of {organization}"), damage);
    reading.totals().map_err(damaged)
}

/// Reads everything that counts in the range.
fn gather<'a, R: Rows>(
    organization: OrganizationId,
    range: TimeRange,
    meters: &'a MeterSet,
    tail: &TailSlice,
    directory: &Directory,
    rows: &R,
) -> Result<(Reading<'a>, Newcomers), R::Error> {
    let mut reading = Reading {
        organization,
        range,
        meters,
        epochs: BTreeMap::new(),
        reached: BTreeMap::new(),
        points: BTreeMap::new(),
        sessions: BTreeMap::new(),
        last_seq: 0,
    };
    let mut newcomers = Newcomers::default();
    if !range.is_empty() {
        let stored = reading.take_rollups(rows)?;
        reading.take_segments(stored, directory.len(), rows)?;
        reading.take_tail(tail, |name| {
            let known = directory.number(name);
            known.unwrap_or_else(|| directory.len() + newcomers.number(name))
        });
    }
    Ok((reading, newcomers))
}

/// Subjects that only the tail knows; they get numbers for this read alone.
#[derive(Default)]
struct Newcomers {
    names: Strings,
    numbers: hashbrown::HashMap<String, u32>,
}

impl Newcomers {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name);
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

struct Reading<'a> {
    organization: OrganizationId,
    range: TimeRange,
    meters: &'a MeterSet,
    /// Catalogue revision of the rollups that the range has.
    epochs: BTreeMap<Day, u64>,
    /// Days of the range in which sessions may lie that a meter's rollups do
    /// not know, by meter.
    reached: BTreeMap<u32, BTreeSet<Day>>,
    points: BTreeMap<u32, PointTotals>,
    sessions: BTreeMap<u32, SessionTotals>,
    last_seq: u64,
}

/// The first and the day behind the last that a range touches.
fn days(range: TimeRange) -> Range<Day> {
    if range.is_empty() {
        let day = range.start().day();
        return day..day;
    }
    let last = Instant::from_micros(range.end().micros() - 1).day();
    range.start().day()..last.next()
}

fn is_session(meter: &Meter) -> bool {
    meter
        .versions
        .iter()
        .any(|version| version.aggregation.is_session())
}

/// Which segments a read has to open beside the rollups.
struct Missing {
    points: Vec<Day>,
    sessions: Vec<Day>,
}

impl Reading<'_> {
    fn is_whole(&self, day: Day) -> bool {
        self.range.start() <= day.start() && day.next().start() <= self.range.end()
    }

    /// Whether a meter's part of a day cannot come from its rollup.
    fn needs_segments(&self, meter: &Meter, session: bool, day: Day) -> bool {
        if session {
            return self
                .reached
                .get(&meter.number)
                .is_some_and(|days| days.contains(&day));
        }
        // A day without a rollup has no folded event.
        let stale = |epoch: &u64| epoch_on(meter, day) > *epoch;
        self.epochs
            .get(&day)
            .is_some_and(|epoch| stale(epoch) || !self.is_whole(day))
    }

    /// Finds the days that sessions reach from days whose rollups are stale.
    fn note_reached<R: Rows>(&mut self, rows: &R) -> Result<(), R::Error> {
        let days = days(self.range);
        let stored = rows.epochs(self.organization, reaching(days.start)..days.end)?;
        for meter in self
            .meters
            .meters()
            .iter()
            .filter(|meter| is_session(meter))
        {
            let stale = stored
                .iter()
                .filter(|(day, epoch)| epoch_on(meter, *day) > *epoch);
            for (stale, _) in stale {
                let last = stale.number() + LONGEST_SESSION_DAYS;
                let reached = (stale.number()..=last).map(Day::from_number);
                let reached = reached.filter(|day| days.contains(day));
                self.reached
                    .entry(meter.number)
                    .or_default()
                    .extend(reached);
            }
        }
        Ok(())
    }

    fn meter(&self, number: u32) -> Option<&Meter> {
        self.meters
            .meters()
            .iter()
            .find(|meter| meter.number == number)
    }

    fn take_rollups<R: Rows>(&mut self, rows: &R) -> Result<Missing, R::Error> {
        self.note_reached(rows)?;
        let stored = rows.rollups(self.organization, days(self.range))?;
        self.epochs = stored.iter().map(|row| (row.day, row.epoch)).collect();
        let mut missing = Missing {
            points: Vec::new(),
            sessions: self.reached.values().flatten().copied().collect(),
        };
        for row in stored {
            self.last_seq = self.last_seq.max(row.last_seq);
            let organization = self.organization;
            let damaged =
                |damage| rows.damaged(format!("rollup {organization}/{}", row.day), damage);
            let sections = rollup::open(row.day, &row.blob).map_err(damaged)?;
            if self.misses_points(row.day, &sections) {
                missing.points.push(row.day);
            }
            for section in sections {
                self.take_section(row.day, section).map_err(damaged)?;
            }
        }
        Ok(missing)
    }

    fn misses_points(&self, day: Day, sections: &[StoredSection]) -> bool {
        let cut = !self.is_whole(day) && sections.iter().any(StoredSection::has_points);
        let mut points = self
            .meters
            .meters()
            .iter()
            .filter(|meter| !is_session(meter));
        cut || points.any(|meter| epoch_on(meter, day) > self.epochs[&day])
    }

    fn take_section(&mut self, day: Day, section: StoredSection) -> Result<(), crate::Damage> {
        let number = section.meter;
        let session = !section.has_points();
        let usable = self
            .meter(number)
            .is_some_and(|meter| !self.needs_segments(meter, session, day));
        if !usable {
            return Ok(());
        }
        if session {
            let range = self.range;
            let totals = self.sessions.entry(number).or_default();
            totals.add_stored(day, section, range);
            Ok(())
        } else {
            let aggregation = self.meter(number).and_then(|meter| meter.at(day));
            let Some(aggregation) = aggregation.map(|version| version.aggregation) else {
                return Ok(());
            };
            let totals = self.points.entry(number).or_default();
            totals.add_day(aggregation, day, &section)
        }
    }

    /// Reads the segments that cut and stale days need.
    fn take_segments<R: Rows>(
        &mut self,
        missing: Missing,
        subjects: u32,
        rows: &R,
    ) -> Result<(), R::Error> {
        // A session that reaches into a day may have begun a month before.
        let reached = missing.sessions.iter().flat_map(|day| {
            let first = reaching(*day).number();
            (first..=day.number()).map(Day::from_number)
        });
        let mut wanted: Vec<Day> = missing.points.iter().copied().chain(reached).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for day in wanted {
            for row in rows.segments(self.organization, day..day.next(), false)? {
                let segment = load(self.organization, &row, self.meters, rows)?;
                segment.check_subjects(subjects).map_err(|damage| {
                    let what = format!("segment {}/{day}/{}", self.organization, row.part);
                    rows.damaged(what, damage)
                })?;
                for at in 0..segment.len() {
                    let time = Instant::from_micros(segment.columns.times[at]);
                    let event = (segment.kind(at), time, segment.data(at));
                    self.take_event(event, segment.columns.subjects[at], false);
                }
            }
        }
        Ok(())
    }

    fn take_tail(&mut self, tail: &TailSlice, mut number: impl FnMut(&str) -> u32) {
        let days = days(self.range);
        let window = reaching(days.start).start()..days.end.start();
        for (batch, range) in &tail.parts {
            for row in range.clone() {
                let time = batch.batch.time(row);
                if !window.contains(&time) {
                    continue;
                }
                let event = batch.batch.content(row);
                let touched = (event.kind, time, event.data);
                let touches = self.take_event(touched, number(event.subject), true);
                if touches {
                    self.last_seq = self.last_seq.max(batch.first.plus(row as u64).number());
                }
            }
        }
    }

    /// Adds an event of the tail, or of a segment as far as the rollup of its
    /// day does not hold it. Says whether it touches a day of the range.
    fn take_event(&mut self, event: (&str, Instant, &str), subject: u32, tail: bool) -> bool {
        let (kind, time, data) = event;
        let (range, days) = (self.range, days(self.range));
        let mut touches = days.contains(&time.day());
        let meters = self.meters;
        evaluate(
            meters,
            kind,
            time,
            data,
            |meter, aggregation, observed| match observed {
                Observed::Point(value) => {
                    let taken = tail || self.needs_segments(meter, false, time.day());
                    if range.contains(time) && taken {
                        let totals = self.points.entry(meter.number).or_default();
                        totals.add(aggregation, subject, time, value);
                    }
                }
                Observed::Session(session) => {
                    touches |=
                        session.start() < days.end.start() && session.end() > days.start.start();
                    let Some(inside) = session.intersect(range) else {
                        return;
                    };
                    for (day, span) in by_day(inside) {
                        if tail || self.needs_segments(meter, true, day) {
                            let totals = self.sessions.entry(meter.number).or_default();
                            totals.add(day, subject, span);
                        }
                    }
                }
            },
        );
        touches
    }
}

/// The highest seq among events that touch the days of a range: with the
/// meters' revision it tells whether a report can have changed.
///
/// # Errors
/// The rows cannot be read.
pub fn last_seq<R: Rows>(
    organization: OrganizationId,
    range: TimeRange,
    meters: &MeterSet,
    tail: &TailSlice,
    rows: &R,
) -> Result<u64, R::Error> {
    let days = days(range);
    let stored = rows.last_seq(organization, days.clone())?.unwrap_or(0);
    let mut last = stored;
    for (batch, range) in &tail.parts {
        for row in range.clone() {
            let seq = batch.first.plus(row as u64);
            let event = batch.batch.content(row);
            if seq.number() <= last || event.time >= days.end.start() {
                continue;
            }
            let mut touched = BTreeMap::new();
            let event = (event.kind, event.time, event.data);
            contribute(meters, event, 0, seq, &mut touched);
            if touched.range(days.clone()).next().is_some() {
                last = seq.number();
            }
        }
    }
    Ok(last)
}
