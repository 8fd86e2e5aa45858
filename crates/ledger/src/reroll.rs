//! Rolling a day up anew, from its segments, after the meters have changed.

use std::collections::BTreeMap;

use exchequer_core::{Day, MeterSet, OrganizationId};

use crate::evaluate::{epoch_on, needs_data};
use crate::fold::{RollupWrite, contribute};
use crate::rollup::{self, Contributions};
use crate::rows::{RollupRow, Rows, SegmentRow};
use crate::segment::Segment;
use crate::tail::Seq;

/// Sessions last at most 31 days, so they touch no day further on than this.
pub(crate) const LONGEST_SESSION_DAYS: i32 = 31;

/// Whether a rollup was computed before a version that matters on its day.
#[must_use]
pub fn is_stale(row_epoch: u64, day: Day, meters: &MeterSet) -> bool {
    meters
        .meters()
        .iter()
        .any(|meter| epoch_on(meter, day) > row_epoch)
}

/// The day and those before it in which a session could have begun that
/// reaches into it.
pub(crate) fn reaching(day: Day) -> Day {
    Day::from_number(day.number().saturating_sub(LONGEST_SESSION_DAYS))
}

/// A segment of a day, with `data` only if some meter reads it.
pub(crate) fn load<R: Rows>(
    organization: OrganizationId,
    row: &SegmentRow,
    meters: &MeterSet,
    rows: &R,
) -> Result<Segment, R::Error> {
    let name = || format!("segment {organization}/{}/{}", row.day, row.part);
    let main = Segment::decode(&row.blob, None).map_err(|damage| rows.damaged(name(), damage))?;
    if !needs_data(meters, main.kind_names().iter(), row.day) {
        return Ok(main);
    }
    let data = match &row.data {
        Some(data) => data.clone(),
        None => rows
            .segment(organization, row.day, row.part)?
            .data
            .unwrap_or_default(),
    };
    Segment::decode(&row.blob, Some(&data)).map_err(|damage| rows.damaged(name(), damage))
}

/// The rollup of a stored day as today's meters make it.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn reroll<R: Rows>(
    organization: OrganizationId,
    stored: &RollupRow,
    meters: &MeterSet,
    rows: &R,
) -> Result<RollupWrite, R::Error> {
    let day = stored.day;
    let sessions = meters.meters().iter().any(|meter| {
        meter
            .versions
            .iter()
            .any(|version| version.aggregation.is_session())
    });
    let from = if sessions { reaching(day) } else { day };
    let mut days: BTreeMap<Day, Contributions> = BTreeMap::new();
    for row in rows.segments(organization, from..day.next(), false)? {
        let segment = load(organization, &row, meters, rows)?;
        for at in 0..segment.len() {
            let time = exchequer_core::Instant::from_micros(segment.columns.times[at]);
            let event = (segment.kind(at), time, segment.data(at));
            let (subject, seq) = (segment.columns.subjects[at], Seq::new(segment.seqs[at]));
            contribute(meters, event, subject, seq, &mut days);
            days.retain(|touched, _| *touched == day);
        }
    }
    let contributions = days.remove(&day).unwrap_or_default();
    Ok(RollupWrite {
        organization,
        day,
        epoch: meters.epoch(),
        // Kept even if no meter listens any more, so that no ETag goes back.
        last_seq: stored.last_seq.max(contributions.last_seq),
        blob: rollup::encode(day, &contributions.into_sections()),
    })
}
