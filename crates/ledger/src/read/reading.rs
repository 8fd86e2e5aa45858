//! The state of one read while it gathers what counts in its range.

use std::collections::BTreeMap;

use exchequer_core::{
    Aggregation, Aliases, Day, Instant, Meter, MeterSet, MeteredRange, OrganizationId, Spelling,
    TimeRange,
};

use super::as_of::Mark;
use super::later::{Parts, Reaching, count_sessions, later_parts};
use super::merged::Merged;
use super::points::PointTotals;
use super::range::{days, is_whole, overlaps, sources, window};
use super::rules::CountingRules;
use super::spans::SessionTotals;
use super::stale::{Reached, Voided, is_stale, reached, voided};
use crate::codec::damage::Damage;
use crate::codec::strings::Strings;
use crate::directory::Directory;
use crate::evaluate::{Observed, evaluate, is_session};
use crate::fold::contribute::by_day;
use crate::fold::stored::each_folded;
use crate::rollup::{self, StoredSection};
use crate::rows::{RollupRow, Rows};
use crate::tail::TailSlice;

/// Subjects that only the tail knows; they get numbers for this read alone.
#[derive(Default)]
pub(super) struct Newcomers {
    pub(super) names: Strings,
    pub(super) numbers: hashbrown::HashMap<String, u32>,
}

impl Newcomers {
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(name);
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// The usage of a range, as far as it has been read.
pub(super) struct Reading<'a> {
    pub(super) organization: OrganizationId,
    pub(super) range: TimeRange,
    /// The day whose versions of meters say how the range is counted.
    pub(super) last_day: Day,
    pub(super) meters: &'a MeterSet,
    pub(super) aliases: &'a Aliases,
    /// Catalog revision of the rollups that the range has.
    pub(super) revisions: BTreeMap<Day, u64>,
    pub(super) reached: Reached,
    pub(super) points: BTreeMap<u32, PointTotals>,
    pub(super) sessions: BTreeMap<u32, SessionTotals>,
    pub(super) last_seq: u64,
    /// The voids of the range's [`window`].
    pub(super) voided: Voided,
    pub(super) mark: &'a Mark,
    /// The points of rollups that are not those of the mark.
    later: Parts,
}

/// The days whose segments a read has to open beside the rollups, for the sake of their
/// points, and of sessions that began on them.
pub(super) struct Missing {
    points: Vec<Day>,
    sessions: Vec<Day>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        organization: OrganizationId,
        MeteredRange { range, last_day }: MeteredRange,
        CountingRules { meters, aliases }: CountingRules<'a>,
        mark: &'a Mark,
    ) -> Self {
        Self {
            organization,
            range,
            last_day,
            meters,
            aliases,
            revisions: BTreeMap::new(),
            reached: Reached::new(),
            points: BTreeMap::new(),
            sessions: BTreeMap::new(),
            last_seq: 0,
            voided: Voided::default(),
            mark,
            later: Parts::new(),
        }
    }

    /// Returns which subjects are one resource on the last day of the range.
    pub(super) fn merged(&self, directory: &Directory, newcomers: &mut Newcomers) -> Merged {
        let aliases = self.aliases.on(self.last_day);
        Merged::new(&aliases, self.folds(), directory, newcomers)
    }

    /// Returns whether some meter folds its resources on the last day of the range.
    pub(super) fn folds(&self) -> bool {
        let versions = self.meters.meters().iter();
        let mut versions = versions.filter_map(|meter| meter.at(self.last_day));
        versions.any(|version| version.resources == Spelling::Folded)
    }

    fn is_whole(&self, day: Day) -> bool {
        is_whole(self.range, day)
    }

    /// Returns whether a rollup of a revision cannot answer for the points of a meter.
    fn is_useless(&self, meter: &Meter, day: Day, revision: u64) -> bool {
        is_stale(meter, day, revision, self.mark)
            || self.voided.unsettled.contains(&day)
            || self.later.contains(&(meter.number, day))
    }

    /// Returns whether a meter's part of a day has to be read from segments.
    fn needs_segments(&self, meter: &Meter, session: bool, day: Day) -> bool {
        if session {
            return self
                .reached
                .get(&meter.number)
                .is_some_and(|days| days.contains(&day));
        }
        // A day without a rollup has no folded event.
        self.revisions
            .get(&day)
            .is_some_and(|revision| self.is_useless(meter, day, *revision) || !self.is_whole(day))
    }

    /// Reads the voids.
    pub(super) fn take_voids<R: Rows>(
        &mut self,
        tail: &TailSlice,
        rows: &R,
    ) -> Result<(), R::Error> {
        let window = window(self.range);
        self.voided = voided(self.organization, window, self.mark, tail, rows)?;
        self.last_seq = self.voided.last_seq;
        Ok(())
    }

    fn meter(&self, number: u32) -> Option<&Meter> {
        self.meters
            .meters()
            .iter()
            .find(|meter| meter.number == number)
    }

    pub(super) fn take_rollups<R: Rows>(
        &mut self,
        subjects: u32,
        rows: &R,
    ) -> Result<Missing, R::Error> {
        let days = days(self.range);
        let revisions = rows.revisions(self.organization, window(self.range))?;
        let unsettled = &self.voided.unsettled;
        self.reached = reached(self.meters, self.mark, &revisions, unsettled, &days);
        let stored = rows.rollups(self.organization, days)?;
        // A session that reaches into a day may have begun a month before it.
        let reached = self.reached.values().flatten().copied();
        let mut missing = Missing {
            points: Vec::new(),
            sessions: reached.flat_map(sources).collect(),
        };
        let later = self.set_later_aside(&stored, subjects, rows)?;
        missing.sessions.extend(later);
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

    /// Sets aside the parts of the range's rollups that are not those of the mark. Returns
    /// the days whose segments hold the sessions of those parts.
    fn set_later_aside<R: Rows>(
        &mut self,
        stored: &[RollupRow],
        subjects: u32,
        rows: &R,
    ) -> Result<Vec<Day>, R::Error> {
        let is_later = |row: &&RollupRow| self.mark.is_below(row.last_seq);
        // A session above the mark that began before the range is in the seq of a day of
        // the range. One that was voided is not.
        if self.voided.later_days.is_empty() && !stored.iter().any(|row| is_later(&row)) {
            return Ok(Vec::new());
        }
        let (organization, days) = (self.organization, days(self.range));
        let before = if count_sessions(self.meters) {
            rows.rollups(organization, window(self.range).start..days.start)?
        } else {
            Vec::new()
        };
        let all = || before.iter().chain(stored);
        // A void raises the seq of its own day, so its day is among them.
        let later = all().filter(is_later).map(|row| row.day);
        let kept = (self.mark, &self.voided);
        let parts = later_parts(organization, later, kept, self.meters, rows)?;
        let reach = Reaching::new(all(), &parts, subjects);
        let mut sources = Vec::new();
        for (meter, day) in &parts.sessions {
            let reached = self.reached.entry(*meter).or_default();
            // Of a day that a stale one reaches, all sources are read anyway.
            if days.contains(day) && reached.insert(*day) {
                let needed = reach.sources(*meter, *day).map_err(|(day, damage)| {
                    rows.damaged(format!("rollup {organization}/{day}"), damage)
                })?;
                sources.extend(needed);
            }
        }
        self.later = parts.points;
        Ok(sources)
    }

    /// Adds the usable part of a day's rollup. Returns whether that is all of the
    /// day's points; if not, its segments have to be read.
    pub(super) fn take_rollup(
        &mut self,
        day: Day,
        revision: u64,
        sections: &[StoredSection],
    ) -> Result<bool, Damage> {
        self.revisions.insert(day, revision);
        for section in sections {
            self.take_section(day, section)?;
        }
        Ok(!self.misses_points(day, sections))
    }

    fn misses_points(&self, day: Day, sections: &[StoredSection]) -> bool {
        let useless = !self.is_whole(day) || self.voided.unsettled.contains(&day);
        // Points of a day without any need no segment, even if the range cuts it.
        let cut = useless && sections.iter().any(StoredSection::has_points);
        let mut points = self
            .meters
            .meters()
            .iter()
            .filter(|meter| !is_session(meter));
        let revision = self.revisions[&day];
        cut || points.any(|meter| {
            let later = self.later.contains(&(meter.number, day));
            later || is_stale(meter, day, revision, self.mark)
        })
    }

    fn take_section(&mut self, day: Day, section: &StoredSection) -> Result<(), Damage> {
        let number = section.meter;
        let session = !section.has_points();
        // A section of a deleted meter, or of one that is newer than the rollup, is
        // left aside; what counts instead comes from segments.
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
    pub(super) fn take_segments<R: Rows>(
        &mut self,
        missing: Missing,
        subjects: u32,
        rows: &R,
    ) -> Result<(), R::Error> {
        let Missing { points, sessions } = missing;
        let mut wanted: Vec<Day> = points.into_iter().chain(sessions).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let voids = std::mem::take(&mut self.voided.voids);
        let (of, meters) = (self.organization, self.meters);
        for day in wanted {
            let day = (day, self.mark.counted());
            each_folded(of, day, meters, &voids, subjects, rows, |event, subject| {
                self.take_event(event, subject, false);
            })?;
        }
        self.voided.voids = voids;
        Ok(())
    }

    pub(super) fn take_tail(&mut self, tail: &TailSlice, mut number: impl FnMut(&str) -> u32) {
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
                let touches = if self.voided.voids.cover(time, event.source, event.id) {
                    self.touches(touched)
                } else {
                    self.take_event(touched, subject, true)
                };
                // A void event changes the report as well, so it moves the last seq.
                if touches {
                    self.last_seq = self.last_seq.max(batch.first.plus(row as u64).number());
                }
            }
        }
    }

    /// Returns whether a void event touches a day of the range.
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

    /// Adds an event of the tail, or of a segment as far as it was not taken from the
    /// rollup of its day. Returns whether it touches a day of the range.
    fn take_event(&mut self, event: (&str, Instant, &str), subject: u32, tail: bool) -> bool {
        let (kind, time, data) = event;
        let mut touches = days(self.range).contains(&time.day());
        evaluate(self.meters, kind, time, data, |meter, how, observed| {
            touches |= self.observe(meter, how, observed, time, subject, tail);
        });
        touches
    }

    /// Adds a meter's reading of an event. Returns whether it touches a day of the
    /// range that is not the event's own.
    pub(super) fn observe(
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
                // An event of the tail is in no rollup. One of a segment counts here
                // only where its meter's rollup was not taken, so never twice.
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
