//! Stored segments as meters need them.

use std::ops::RangeInclusive;

use exchequer_core::{Day, Instant, MeterSet, OrganizationId};

use crate::codec::damage::Damage;
use crate::evaluate::needs_data;
use crate::rows::{Rows, SegmentRow};
use crate::segment::Segment;
use crate::void::Voids;

/// The seqs of all events.
pub(crate) const ALL: RangeInclusive<u64> = 0..=u64::MAX;

/// Decodes a segment of a day, with `data` only if some meter reads it, and with
/// identities only if some events are void. One without any of these seqs is empty.
pub(crate) fn load<R: Rows>(
    organization: OrganizationId,
    row: &SegmentRow,
    seqs: &RangeInclusive<u64>,
    (meters, voids): (&MeterSet, &Voids),
    rows: &R,
) -> Result<Segment, R::Error> {
    let name = || format!("segment {organization}/{}/{}", row.day, row.part);
    let damaged = |damage| rows.damaged(name(), damage);
    let identities = voids.touch(row.day);
    let mut segment = Segment::decode_for_meters(&row.blob, identities).map_err(damaged)?;
    segment.check_day(row.day).map_err(damaged)?;
    if !segment.seqs.iter().any(|seq| seqs.contains(seq)) {
        // Its `data` is the most of it, and need not be read.
        return Ok(Segment::default());
    }
    if needs_data(meters, segment.kind_names().iter(), row.day) {
        let attached = match &row.data {
            Some(data) => segment.attach(data),
            None => {
                let loaded = rows.segment(organization, row.day, row.part)?.data;
                let data = loaded.ok_or_else(|| Damage::new("the data is missing"));
                data.and_then(|data| segment.attach(&data))
            }
        };
        attached.map_err(damaged)?;
    }
    Ok(segment)
}

/// Calls `take` with every folded event of a day that has one of these seqs and counts:
/// its type, instant and data, and the number of its subject.
pub(crate) fn each_folded<R: Rows>(
    organization: OrganizationId,
    (day, seqs): (Day, RangeInclusive<u64>),
    meters: &MeterSet,
    voids: &Voids,
    subjects: u32,
    rows: &R,
    mut take: impl FnMut((&str, Instant, &str), u32),
) -> Result<(), R::Error> {
    for row in rows.segments(organization, day..day.next(), false)? {
        let segment = load(organization, &row, &seqs, (meters, voids), rows)?;
        segment.check_subjects(subjects).map_err(|damage| {
            let what = format!("segment {organization}/{day}/{}", row.part);
            rows.damaged(what, damage)
        })?;
        for at in 0..segment.len() {
            let time = Instant::from_micros(segment.columns.times[at]);
            let event = (segment.kind(at), time, segment.data(at));
            if seqs.contains(&segment.seqs[at]) && !voids.cover_row(&segment, at) {
                take(event, segment.columns.subjects[at]);
            }
        }
    }
    Ok(())
}
