//! The days of which a rollup does not say what counts: it is older than a
//! meter, or an unfolded event voids some of what it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use exchequer_core::{Day, Meter, MeterSet, OrganizationId, TimeRange};

use super::range::{days, window};
use crate::evaluate::{LONGEST_SESSION_DAYS, is_session, revision_on};
use crate::rows::Rows;
use crate::tail::TailSlice;
use crate::void::{self, Voids};

/// Days of a range in which sessions may lie that a meter's rollups do not
/// know, by meter.
pub(super) type Reached = BTreeMap<u32, BTreeSet<Day>>;

/// Whether a rollup of a revision does not say what counts on a day.
pub(super) fn is_stale(meter: &Meter, day: Day, revision: u64, unsettled: &BTreeSet<Day>) -> bool {
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
pub(super) fn voided<R: Rows>(
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
