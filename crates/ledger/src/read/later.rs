//! The parts of stored rollups that are not those of the mark of a read.
//!
//! A row tells only that some event above the mark touches its day. The events themselves
//! tell which meters count it, and on which days: all other parts of the rollup are still
//! those of the mark.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, Instant, MeterSet, OrganizationId, TimeRange};

use super::as_of::Mark;
use super::range::sources;
use super::stale::Voided;
use crate::codec::damage::Damage;
use crate::evaluate::{Observed, evaluate, is_session};
use crate::fold::contribute::by_day;
use crate::fold::stored::{ALL, load};
use crate::rollup::{self, Sessions};
use crate::rows::{RollupRow, Rows};

/// Parts of rollups: the number of a meter, and the day.
pub(super) type Parts = BTreeSet<(u32, Day)>;

/// The parts that hold an event which does not count as of a mark, or lack one that does.
#[derive(Default)]
pub(super) struct LaterParts {
    pub(super) points: Parts,
    pub(super) sessions: Parts,
    /// The days over whose end a session lasts that their rollups lack.
    lacking: Parts,
}

impl LaterParts {
    /// Adds what an event has a share in: one that its rollups lack, or hold.
    fn add(&mut self, meters: &MeterSet, event: (&str, Instant, &str), lacking: bool) {
        let (kind, time, data) = event;
        evaluate(meters, kind, time, data, |meter, _, observed| {
            let session: TimeRange = match observed {
                Observed::Point(_) => {
                    self.points.insert((meter.number, time.day()));
                    return;
                }
                Observed::Session(session) => session,
            };
            for (day, (_, end)) in by_day(session) {
                let part = (meter.number, day);
                self.sessions.insert(part);
                if lacking && end == day.next().start().micros() {
                    self.lacking.insert(part);
                }
            }
        });
    }
}

/// Returns the parts that are not those of a mark, given the days on which some event or
/// void above it may lie.
pub(super) fn later_parts<R: Rows>(
    organization: OrganizationId,
    days: impl Iterator<Item = Day>,
    (mark, voided): (&Mark, &Voided),
    meters: &MeterSet,
    rows: &R,
) -> Result<LaterParts, R::Error> {
    let mut parts = LaterParts::default();
    let later = mark.later();
    for day in days {
        // Where no void is above the mark, only events that are have changed anything.
        let has_voids = voided.later.touch(day);
        let (seqs, now) = match has_voids {
            true => (&ALL, &voided.later),
            false => (&later, &voided.voids),
        };
        for row in rows.segments(organization, day..day.next(), false)? {
            let segment = load(organization, &row, seqs, (meters, now), rows)?;
            for at in 0..segment.len() {
                let counts = !now.cover_row(&segment, at);
                let is_later = later.contains(&segment.seqs[at]);
                let counted = !is_later && !voided.voids.cover_row(&segment, at);
                if counts != counted {
                    let time = Instant::from_micros(segment.columns.times[at]);
                    let event = (segment.kind(at), time, segment.data(at));
                    parts.add(meters, event, counted);
                }
            }
        }
    }
    Ok(parts)
}

/// The rollups of some days, as far as the sessions in them tell from which days others
/// reach into a day.
pub(super) struct Reaching<'a> {
    rows: BTreeMap<Day, &'a RollupRow>,
    lacking: &'a Parts,
    subjects: u32,
}

impl<'a> Reaching<'a> {
    pub(super) fn new(
        rows: impl Iterator<Item = &'a RollupRow>,
        parts: &'a LaterParts,
        subjects: u32,
    ) -> Self {
        Self {
            rows: rows.map(|row| (row.day, row)).collect(),
            lacking: &parts.lacking,
            subjects,
        }
    }

    /// Returns the days whose segments hold the sessions of a meter that lie in a day: the
    /// day itself and, as long as some session lasts over midnight, those before it.
    ///
    /// # Errors
    /// A row is damaged: its day, and the damage.
    pub(super) fn sources(&self, meter: u32, day: Day) -> Result<Vec<Day>, (Day, Damage)> {
        let mut needed = vec![day];
        let before: Vec<Day> = sources(day).filter(|source| *source != day).collect();
        for source in before.into_iter().rev() {
            let sessions = self.sessions(meter, source);
            let sessions = sessions.map_err(|damage| (source, damage))?;
            let (start, end) = (source.start().micros(), source.next().start().micros());
            let spans = || sessions.iter().flat_map(|(_, spans)| spans);
            let lacks = self.lacking.contains(&(meter, source));
            if !lacks && !spans().any(|span| span.1 == end) {
                break;
            }
            needed.push(source);
            // Only one that fills this day can have begun before it.
            let begun = Day::from_number(source.number().saturating_sub(1));
            let fills = lacks && self.lacking.contains(&(meter, begun));
            if !fills && !spans().any(|span| *span == (start, end)) {
                break;
            }
        }
        Ok(needed)
    }

    fn sessions(&self, meter: u32, day: Day) -> Result<Vec<Sessions>, Damage> {
        let Some(row) = self.rows.get(&day) else {
            return Ok(Vec::new());
        };
        let sections = rollup::open(day, &row.blob, self.subjects)?;
        let mut sections = sections.into_iter();
        let section = sections.find(|section| section.meter == meter && !section.has_points());
        section.map_or_else(|| Ok(Vec::new()), |section| section.sessions())
    }
}

/// Returns whether some meter counts sessions.
pub(super) fn count_sessions(meters: &MeterSet) -> bool {
    meters.meters().iter().any(is_session)
}
