//! The days of which a rollup does not say what counts: it is older than a
//! meter, or an unfolded event voids some of what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{Day, Meter, MeterSet, OrganizationId, TimeRange};

use super::as_of::Mark;
use super::range::{days, window};
use crate::evaluate::{is_session, revision_on};
use crate::limits::LONGEST_SESSION_DAYS;
use crate::rows::Rows;
use crate::tail::TailSlice;
use crate::void::{self, Voids};

/// The days of a range whose rollups may have wrong sessions, by the meter's number.
pub(super) type Reached = BTreeMap<u32, BTreeSet<Day>>;

/// Returns whether a rollup of a revision cannot answer for a meter on a day.
pub(super) fn is_stale(meter: &Meter, day: Day, revision: u64, mark: &Mark) -> bool {
    revision_on(meter, day) > revision || mark.counts_otherwise(meter, day)
}

/// Returns whether a read of a range opens segments of other days than those that
/// it cuts: a rollup there is older than one of these meters, or an event of the
/// tail voids some of what it holds.
#[must_use]
pub fn needs_segments(
    range: TimeRange,
    meters: &MeterSet,
    revisions: &[(Day, u64)],
    tail: &TailSlice,
) -> bool {
    let (days, window) = (days(range), window(range));
    let mut voided = tail.voids().map(|(event, _)| event.time.day());
    let mut stale = revisions.iter().filter(|(day, revision)| {
        // Of the days before the range only sessions reach into it.
        let whole = days.contains(day);
        let mut concerned = meters.meters().iter().filter(|it| whole || is_session(it));
        concerned.any(|meter| revision_on(meter, *day) > *revision)
    });
    stale.next().is_some() || voided.any(|day| window.contains(&day))
}

/// The voids of some days, folded and unfolded.
#[derive(Default)]
pub(super) struct Voided {
    /// Those up to the mark.
    pub(super) voids: Voids,
    /// The days of the unfolded ones: their rollups may hold events that are void.
    pub(super) unsettled: BTreeSet<Day>,
    /// All folded ones of each day that has some above the mark.
    pub(super) later: Voids,
    /// Days with folded voids above the mark.
    pub(super) later_days: BTreeSet<Day>,
    /// The highest seq of a void up to the mark.
    pub(super) last_seq: u64,
}

/// Reads the voids of some days as of a mark. `tail` holds nothing above it.
pub(super) fn voided<R: Rows>(
    organization: OrganizationId,
    days: Range<Day>,
    mark: &Mark,
    tail: &TailSlice,
    rows: &R,
) -> Result<Voided, R::Error> {
    let mut voided = Voided::default();
    for row in rows.voids(organization, days.clone())? {
        let folded = void::of_row(organization, &row, rows)?;
        let (folded, last_seq) = if mark.is_below(row.last_seq) {
            voided.later.extend(folded);
            voided.later_days.insert(row.day);
            void::folded_upto(organization, row.day, mark.upto, rows)?
        } else {
            (folded, row.last_seq)
        };
        voided.voids.extend(folded);
        voided.last_seq = voided.last_seq.max(last_seq);
    }
    for (event, seq) in tail.voids() {
        if days.contains(&event.time.day()) {
            voided.voids.add_target(&event);
            voided.unsettled.insert(event.time.day());
            voided.last_seq = voided.last_seq.max(seq.number());
        }
    }
    Ok(voided)
}

/// Returns the days that sessions reach from stale days, given the revisions of
/// the rollups of these days and of those before them.
///
/// A session is in the rollup of each day that it touches. If the day on which it
/// began is stale, later rollups may lack it or hold a void one, so the sessions of
/// all days within reach are read from segments.
pub(super) fn reached(
    meters: &MeterSet,
    mark: &Mark,
    stored: &[(Day, u64)],
    unsettled: &BTreeSet<Day>,
    days: &Range<Day>,
) -> Reached {
    let mut reached = Reached::new();
    let sessions = meters.meters().iter().filter(|meter| is_session(meter));
    for meter in sessions {
        let stale = stored.iter().filter(|(day, revision)| {
            unsettled.contains(day) || is_stale(meter, *day, *revision, mark)
        });
        for (stale, _) in stale {
            let last = stale.number() + LONGEST_SESSION_DAYS;
            let from_it = (stale.number()..=last).map(Day::from_number);
            let from_it = from_it.filter(|day| days.contains(day));
            reached.entry(meter.number).or_default().extend(from_it);
        }
    }
    reached
}
