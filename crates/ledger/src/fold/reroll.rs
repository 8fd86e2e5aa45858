//! Rolling a day up again from its segments, after the meters have changed or
//! some of its events became void.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, Instant, MeterSet, OrganizationId};

use super::contribute::contribute;
use super::stored::{ALL, load};
use super::writes::RollupWrite;
use crate::evaluate::{is_session, reaching, revision_on};
use crate::rollup::{self, Contributions};
use crate::rows::Rows;
use crate::tail::Seq;
use crate::void;

/// Returns whether a rollup is older than a meter's version that matters on its day.
#[must_use]
pub fn is_stale(row_revision: u64, day: Day, meters: &MeterSet) -> bool {
    meters
        .meters()
        .iter()
        .any(|meter| revision_on(meter, day) > row_revision)
}

/// Computes the rollups of a stored day, and of later days into which its sessions
/// reach, with the current meters. They belong into one transaction: from then on
/// nobody reads this day's segments for those sessions.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn reroll<R: Rows>(
    organization: OrganizationId,
    stale: Day,
    meters: &MeterSet,
    rows: &R,
) -> Result<Vec<RollupWrite>, R::Error> {
    let mut own = BTreeMap::new();
    contributions(organization, stale, meters, rows, &mut own, false)?;
    let sessions = meters.meters().iter().any(is_session);
    let mut writes = Vec::new();
    for day in own.into_keys().chain([stale]).collect::<BTreeSet<Day>>() {
        let mut days = BTreeMap::new();
        // Only sessions reach further than their own day.
        let first = if sessions { reaching(day) } else { day };
        for from in (first.number()..=day.number()).map(Day::from_number) {
            contributions(organization, from, meters, rows, &mut days, from < day)?;
            // A month of sessions reaches many days; only this one is being made.
            days.retain(|touched, _| *touched == day);
        }
        let kept = rows.rollups(organization, day..day.next())?.pop();
        // Of a day that no meter reads any more an empty rollup is stored.
        let contributions: Contributions = days.remove(&day).unwrap_or_default();
        // A later day stays as stale as it was: its own sessions reach days
        // that are not rolled up here.
        let revision = match &kept {
            Some(row) if day != stale => row.revision,
            _ => meters.revision(),
        };
        writes.push(RollupWrite {
            organization,
            day,
            revision,
            // Kept even if no meter listens any more, so that no ETag goes back.
            last_seq: kept
                .map_or(0, |row| row.last_seq)
                .max(contributions.last_seq),
            blob: rollup::encode(day, &contributions.into_sections()),
        });
    }
    Ok(writes)
}

/// Adds the contributions of a day's events, or only of its sessions, to it and to
/// later days.
fn contributions<R: Rows>(
    organization: OrganizationId,
    day: Day,
    meters: &MeterSet,
    rows: &R,
    days: &mut BTreeMap<Day, Contributions>,
    sessions_only: bool,
) -> Result<(), R::Error> {
    let session = |kind: &str| {
        let mut listening = meters.listening(kind, day);
        listening.any(|(_, version)| version.aggregation.is_session())
    };
    let (voids, _) = void::stored(organization, day..day.next(), rows)?;
    for row in rows.segments(organization, day..day.next(), false)? {
        let segment = load(organization, &row, &ALL, (meters, &voids), rows)?;
        // Of earlier days only sessions matter, and few segments have some.
        if sessions_only && !segment.kind_names().iter().any(session) {
            continue;
        }
        for at in 0..segment.len() {
            if sessions_only && !session(segment.kind(at)) {
                continue;
            }
            let time = Instant::from_micros(segment.columns.times[at]);
            let event = (segment.kind(at), time, segment.data(at));
            let (subject, seq) = (segment.columns.subjects[at], Seq::new(segment.seqs[at]));
            let voided = voids.cover_row(&segment, at);
            contribute(meters, event, voided, (subject, seq), days);
        }
    }
    Ok(())
}
