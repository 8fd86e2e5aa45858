//! The days of which a rollup does not say what counts: it is older than a
//! meter, or an unfolded event voids some of what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{Day, Meter, MeterSet, OrganizationId, TimeRange};

use super::range::{days, window};
use crate::evaluate::{is_session, revision_on};
use crate::limits::LONGEST_SESSION_DAYS;
use crate::rows::Rows;
use crate::tail::TailSlice;
use crate::void::{self, Voids};

/// The days of a range whose rollups may have wrong sessions, by the meter's number.
pub(super) type Reached = BTreeMap<u32, BTreeSet<Day>>;

/// Returns whether a rollup of a revision cannot answer for a meter on a day.
pub(super) fn is_stale(meter: &Meter, day: Day, revision: u64, unsettled: &BTreeSet<Day>) -> bool {
    revision_on(meter, day) > revision || unsettled.contains(&day)
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

/// Returns the voids of some days, folded and unfolded; the days of the unfolded
/// ones; and the highest seq of a void.
pub(super) fn voided<R: Rows>(
    organization: OrganizationId,
    days: Range<Day>,
    tail: &TailSlice,
    rows: &R,
) -> Result<(Voids, BTreeSet<Day>, u64), R::Error> {
    let (mut voids, mut last_seq) = void::stored(organization, days.clone(), rows)?;
    let mut unsettled = BTreeSet::new();
    for (event, seq) in tail.voids() {
        if days.contains(&event.time.day()) {
            voids.add_target(&event);
            unsettled.insert(event.time.day());
            last_seq = last_seq.max(seq.number());
        }
    }
    Ok((voids, unsettled, last_seq))
}

/// Returns the days that sessions reach from stale days, given the revisions of
/// the rollups of these days and of those before them.
///
/// A session is in the rollup of each day that it touches. If the day on which it
/// began is stale, later rollups may lack it or hold a void one, so the sessions of
/// all days within reach are read from segments.
pub(super) fn reached(
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
