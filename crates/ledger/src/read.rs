//! The merged read: whole days from rollups, the cut days at the edges of a
//! range from segments, and what is not folded yet from the tail.
//!
//! Every event is in exactly one of them: a fold moves it in one transaction,
//! and the tail that a reader brings is cut at the folded seq of its snapshot.

mod events;
pub(crate) mod export;
mod points;
mod report;
mod series;
mod spans;
mod voids;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{
    Aggregation, Day, Instant, Meter, MeterSet, OrganizationId, Quantity, TimeRange,
};

use crate::codec::strings::Strings;
use crate::directory::{Directories, Directory};
use crate::evaluate::{Observed, evaluate, revision_on};
use crate::fold::reroll::{LONGEST_SESSION_DAYS, load, reaching};
use crate::fold::{by_day, contribute};
use crate::rollup::{self, StoredSection};
use crate::rows::Rows;
use crate::tail::TailSlice;
use crate::void::{self, Voids};

pub use events::{EventCursor, EventFilter, EventPage, EventPaging, ListedEvent, events};
pub use report::{Resource, Usage, UsageReport};
pub use series::series;

use points::PointTotals;
use spans::SessionTotals;

/// The usage of an organisation in a range, exact as of the snapshot `rows`
/// and the tail beyond it, with the names that [`Directories::get`] has for it.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn usage_report<R: Rows>(
    organization: OrganizationId,
    range: TimeRange,
    meters: &MeterSet,
    tail: &TailSlice,
    directory: Arc<Directory>,
    rows: &R,
) -> Result<UsageReport, R::Error> {
    let (reading, newcomers) = gather(organization, range, meters, tail, &directory, rows)?;
    reading.report(directory, newcomers.names, |what, damage| {
        rows.damaged(what, damage)
    })
}

/// The totals of [`usage_report`], by meter name: no resource is named or put in order.
///
/// # Errors
/// As [`usage_report`].
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
    let mut reading = Reading::new(organization, range, meters);
    let mut newcomers = Newcomers::default();
    if !range.is_empty() {
        reading.take_voids(tail, rows)?;
        let missing = reading.take_rollups(directory.len(), rows)?;
        reading.take_segments(missing, directory.len(), rows)?;
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

/// Days of a range in which sessions may lie that a meter's rollups do not
/// know, by meter.
type Reached = BTreeMap<u32, BTreeSet<Day>>;

struct Reading<'a> {
    organization: OrganizationId,
    range: TimeRange,
    meters: &'a MeterSet,
    /// Catalog revision of the rollups that the range has.
    revisions: BTreeMap<Day, u64>,
    reached: Reached,
    points: BTreeMap<u32, PointTotals>,
    sessions: BTreeMap<u32, SessionTotals>,
    last_seq: u64,
    /// What does not count, on the days of the range and those before it in
    /// which a session can have begun.
    voids: Voids,
    /// Days with corrections that are not folded: their rollups may hold what
    /// these void.
    unsettled: BTreeSet<Day>,
}

/// The first and the day behind the last that a range touches.
#[must_use]
pub fn days(range: TimeRange) -> Range<Day> {
    if range.is_empty() {
        let day = range.start().day();
        return day..day;
    }
    let last = Instant::from_micros(range.end().micros() - 1).day();
    range.start().day()..last.next()
}

/// The days of a range, and those before it in which a session can have begun
/// that reaches into it.
#[must_use]
pub fn window(range: TimeRange) -> Range<Day> {
    let days = days(range);
    reaching(days.start)..days.end
}

/// The days that a range touches and does not hold whole: its first, its last,
/// or none.
pub fn cut_days(range: TimeRange) -> impl Iterator<Item = Day> {
    let days = days(range);
    let last = Day::from_number(days.end.number().saturating_sub(1));
    let first = (days.start != last).then_some(days.start);
    let edges = first.into_iter().chain([last]);
    edges.filter(move |day| days.contains(day) && !is_whole(range, *day))
}

fn is_whole(range: TimeRange, day: Day) -> bool {
    range.start() <= day.start() && day.next().start() <= range.end()
}

fn overlaps(session: TimeRange, days: &Range<Day>) -> bool {
    session.start() < days.end.start() && session.end() > days.start.start()
}

/// Whether a meter counts sessions; its versions are all of one aggregation.
pub(crate) fn is_session(meter: &Meter) -> bool {
    let mut versions = meter.versions.iter();
    versions.any(|version| version.aggregation.is_session())
}

/// Which segments a read has to open beside the rollups.
struct Missing {
    points: Vec<Day>,
    sessions: Vec<Day>,
}

/// Whether a rollup of a revision does not say what counts on a day.
fn is_stale(meter: &Meter, day: Day, revision: u64, unsettled: &BTreeSet<Day>) -> bool {
    revision_on(meter, day) > revision || unsettled.contains(&day)
}

/// Whether a read of a range opens segments of other days than those that it
/// cuts: rollups of these revisions do not say what these meters count there,
/// or corrections in the tail void what they hold.
#[must_use]
pub fn needs_segments(
    range: TimeRange,
    meters: &MeterSet,
    revisions: &[(Day, u64)],
    tail: &TailSlice,
) -> bool {
    let (days, window) = (days(range), window(range));
    let mut corrected = tail.corrections().map(|(event, _)| event.time.day());
    let mut stale = revisions.iter().filter(|(day, revision)| {
        // Of the days before the range only sessions reach into it.
        let whole = days.contains(day);
        let mut concerned = meters.meters().iter().filter(|it| whole || is_session(it));
        concerned.any(|meter| revision_on(meter, *day) > *revision)
    });
    stale.next().is_some() || corrected.any(|day| window.contains(&day))
}

/// What is voided on the days, by what is folded and what is not; the days of
/// the latter; and the highest seq of a correction.
fn voided<R: Rows>(
    organization: OrganizationId,
    days: Range<Day>,
    tail: &TailSlice,
    rows: &R,
) -> Result<(Voids, BTreeSet<Day>, u64), R::Error> {
    let (mut voids, mut last_seq) = void::stored(organization, days.clone(), rows)?;
    let mut unsettled = BTreeSet::new();
    for (event, seq) in tail.corrections() {
        if days.contains(&event.time.day()) {
            voids.note(&event);
            unsettled.insert(event.time.day());
            last_seq = last_seq.max(seq.number());
        }
    }
    Ok((voids, unsettled, last_seq))
}

/// The days that sessions reach from days whose rollups are stale, given the
/// revisions of the rollups of the days and of those before them.
fn reached(
    meters: &MeterSet,
    stored: &[(Day, u64)],
    unsettled: &BTreeSet<Day>,
    days: &Range<Day>,
) -> Reached {
    let mut reached = Reached::new();
    let sessions = meters.meters().iter().filter(|meter| is_session(meter));
    for meter in sessions {
        let stale = stored
            .iter()
            .filter(|(day, revision)| is_stale(meter, *day, *revision, unsettled));
        for (stale, _) in stale {
            let last = stale.number() + LONGEST_SESSION_DAYS;
            let from_it = (stale.number()..=last).map(Day::from_number);
            let from_it = from_it.filter(|day| days.contains(day));
            reached.entry(meter.number).or_default().extend(from_it);
        }
    }
    reached
}

/// The days whose segments hold the sessions that lie in a day.
fn sources(day: Day) -> impl Iterator<Item = Day> {
    (reaching(day).number()..=day.number()).map(Day::from_number)
}

/// Calls `take` with every folded event of a day that counts, as meters see
/// it: type, instant and data, and the number of the subject.
fn each_folded<R: Rows>(
    organization: OrganizationId,
    day: Day,
    meters: &MeterSet,
    voids: &Voids,
    subjects: u32,
    rows: &R,
    mut take: impl FnMut((&str, Instant, &str), u32),
) -> Result<(), R::Error> {
    for row in rows.segments(organization, day..day.next(), false)? {
        let segment = load(organization, &row, meters, voids, rows)?;
        segment.check_subjects(subjects).map_err(|damage| {
            let what = format!("segment {organization}/{day}/{}", row.part);
            rows.damaged(what, damage)
        })?;
        for at in 0..segment.len() {
            let time = Instant::from_micros(segment.columns.times[at]);
            let event = (segment.kind(at), time, segment.data(at));
            if !voids.cover_row(&segment, at) {
                take(event, segment.columns.subjects[at]);
            }
        }
    }
    Ok(())
}

impl<'a> Reading<'a> {
    fn new(organization: OrganizationId, range: TimeRange, meters: &'a MeterSet) -> Self {
        Self {
            organization,
            range,
            meters,
            revisions: BTreeMap::new(),
            reached: Reached::new(),
            points: BTreeMap::new(),
            sessions: BTreeMap::new(),
            last_seq: 0,
            voids: Voids::default(),
            unsettled: BTreeSet::new(),
        }
    }

    fn is_whole(&self, day: Day) -> bool {
        is_whole(self.range, day)
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
        self.revisions.get(&day).is_some_and(|revision| {
            is_stale(meter, day, *revision, &self.unsettled) || !self.is_whole(day)
        })
    }

    /// Notes what is voided.
    fn take_voids<R: Rows>(&mut self, tail: &TailSlice, rows: &R) -> Result<(), R::Error> {
        let voided = voided(self.organization, window(self.range), tail, rows)?;
        (self.voids, self.unsettled, self.last_seq) = voided;
        Ok(())
    }

    fn meter(&self, number: u32) -> Option<&Meter> {
        self.meters
            .meters()
            .iter()
            .find(|meter| meter.number == number)
    }

    fn take_rollups<R: Rows>(&mut self, subjects: u32, rows: &R) -> Result<Missing, R::Error> {
        let days = days(self.range);
        let revisions = rows.revisions(self.organization, window(self.range))?;
        self.reached = reached(self.meters, &revisions, &self.unsettled, &days);
        let stored = rows.rollups(self.organization, days)?;
        let mut missing = Missing {
            points: Vec::new(),
            sessions: self.reached.values().flatten().copied().collect(),
        };
        for row in stored {
            self.last_seq = self.last_seq.max(row.last_seq);
            let organization = self.organization;
            let damaged =
                |damage| rows.damaged(format!("rollup {organization}/{}", row.day), damage);
            let sections = rollup::open(row.day, &row.blob, subjects).map_err(damaged)?;
            let complete = self.take_rollup(row.day, row.revision, &sections);
            if !complete.map_err(damaged)? {
                missing.points.push(row.day);
            }
        }
        Ok(missing)
    }

    /// Takes what a day's rollup has; says whether that is all of its points.
    fn take_rollup(
        &mut self,
        day: Day,
        revision: u64,
        sections: &[StoredSection],
    ) -> Result<bool, crate::Damage> {
        self.revisions.insert(day, revision);
        for section in sections {
            self.take_section(day, section)?;
        }
        Ok(!self.misses_points(day, sections))
    }

    fn misses_points(&self, day: Day, sections: &[StoredSection]) -> bool {
        let useless = !self.is_whole(day) || self.unsettled.contains(&day);
        let cut = useless && sections.iter().any(StoredSection::has_points);
        let mut points = self
            .meters
            .meters()
            .iter()
            .filter(|meter| !is_session(meter));
        cut || points.any(|meter| revision_on(meter, day) > self.revisions[&day])
    }

    fn take_section(&mut self, day: Day, section: &StoredSection) -> Result<(), crate::Damage> {
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
            totals.add_stored(day, section.clone(), range);
            Ok(())
        } else {
            let aggregation = self.meter(number).and_then(|meter| meter.at(day));
            let Some(aggregation) = aggregation.map(|version| version.aggregation) else {
                return Ok(());
            };
            let totals = self.points.entry(number).or_default();
            totals.add_day(aggregation, day, section)
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
        let reached = missing.sessions.iter().copied().flat_map(sources);
        let mut wanted: Vec<Day> = missing.points.iter().copied().chain(reached).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let voids = std::mem::take(&mut self.voids);
        let (of, meters) = (self.organization, self.meters);
        for day in wanted {
            each_folded(of, day, meters, &voids, subjects, rows, |event, subject| {
                self.take_event(event, subject, false);
            })?;
        }
        self.voids = voids;
        Ok(())
    }

    fn take_tail(&mut self, tail: &TailSlice, mut number: impl FnMut(&str) -> u32) {
        let days = window(self.range);
        let window = days.start.start()..days.end.start();
        for (batch, range) in &tail.parts {
            for row in range.clone() {
                let time = batch.batch.time(row);
                if !window.contains(&time) {
                    continue;
                }
                let event = batch.batch.content(row);
                let touched = (event.kind, time, event.data);
                let subject = number(event.subject);
                let touches = if self.voids.cover(time, event.source, event.id) {
                    self.touches(touched)
                } else {
                    self.take_event(touched, subject, true)
                };
                if touches {
                    self.last_seq = self.last_seq.max(batch.first.plus(row as u64).number());
                }
            }
        }
    }

    /// Whether an event that does not count touches a day of the range.
    fn touches(&self, (kind, time, data): (&str, Instant, &str)) -> bool {
        let days = days(self.range);
        let mut touches = days.contains(&time.day());
        evaluate(self.meters, kind, time, data, |_, _, observed| {
            if let Observed::Session(session) = observed {
                touches |= overlaps(session, &days);
            }
        });
        touches
    }

    /// Adds an event of the tail, or of a segment as far as the rollup of its
    /// day does not hold it. Says whether it touches a day of the range.
    fn take_event(&mut self, event: (&str, Instant, &str), subject: u32, tail: bool) -> bool {
        let (kind, time, data) = event;
        let mut touches = days(self.range).contains(&time.day());
        evaluate(self.meters, kind, time, data, |meter, how, observed| {
            touches |= self.observe(meter, how, observed, time, subject, tail);
        });
        touches
    }

    /// Adds what a meter makes of an event. Says whether it touches a day of
    /// the range that is not the event's own.
    fn observe(
        &mut self,
        meter: &Meter,
        aggregation: Aggregation,
        observed: Observed,
        time: Instant,
        subject: u32,
        tail: bool,
    ) -> bool {
        match observed {
            Observed::Point(value) => {
                let taken = tail || self.needs_segments(meter, false, time.day());
                if self.range.contains(time) && taken {
                    let totals = self.points.entry(meter.number).or_default();
                    totals.add(aggregation, subject, time, value);
                }
                false
            }
            Observed::Session(session) => {
                if let Some(inside) = session.intersect(self.range) {
                    for (day, span) in by_day(inside) {
                        if tail || self.needs_segments(meter, true, day) {
                            let totals = self.sessions.entry(meter.number).or_default();
                            totals.add(day, subject, span);
                        }
                    }
                }
                overlaps(session, &days(self.range))
            }
        }
    }
}

/// The highest seq among events that touch the days of a range: with the
/// meters' revision it tells whether a report can have changed. A correction
/// touches every day that a session of its own day can reach. `stored` is the
/// highest of the rollups of its [`days`] and the corrections of its [`window`].
#[must_use]
pub fn last_seq(range: TimeRange, stored: u64, meters: &MeterSet, tail: &TailSlice) -> u64 {
    if range.is_empty() {
        return 0;
    }
    let (days, window) = (days(range), window(range));
    let mut last = stored;
    for (event, seq) in tail.corrections() {
        if window.contains(&event.time.day()) {
            last = last.max(seq.number());
        }
    }
    for (batch, range) in &tail.parts {
        for row in range.clone() {
            let seq = batch.first.plus(row as u64);
            let event = batch.batch.content(row);
            if seq.number() <= last || event.time >= days.end.start() {
                continue;
            }
            let mut touched = BTreeMap::new();
            let event = (event.kind, event.time, event.data);
            contribute(meters, event, false, (0, seq), &mut touched);
            if touched.range(days.clone()).next().is_some() {
                last = seq.number();
            }
        }
    }
    last
}
