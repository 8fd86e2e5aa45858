//! Whether a range has been touched above a mark, told without reading contents.

use exchequer_core::{Day, MeterSet, TimeRange};

use super::as_of::Mark;
use super::range::{days, window};
use super::stale::is_stale;
use super::usage::last_seq;
use crate::evaluate::is_session;
use crate::tail::TailSlice;

/// A day's rollup or voids without their contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySeq {
    /// The UTC day.
    pub day: Day,
    /// Catalog revision with which a rollup was computed.
    pub revision: u64,
    /// Highest seq of an event that touches the day, or of a void of it.
    pub last_seq: u64,
}

/// Returns whether an event or a void above a mark may have changed the usage of a range,
/// counted by the meters of the mark. `rollups` and `voids` are those of its [`window`],
/// or of more days.
#[must_use]
pub fn is_touched(
    range: TimeRange,
    rollups: &[DaySeq],
    voids: &[DaySeq],
    meters: &MeterSet,
    mark: &Mark,
    tail: &TailSlice,
) -> bool {
    let (days, window) = (days(range), window(range));
    let above = |row: &&DaySeq| mark.is_below(row.last_seq) && window.contains(&row.day);
    // A session raises the seq of every day that it touches, but as it was read when it
    // was folded: by other rules it may reach further.
    let reaches = |row: &DaySeq| {
        let mut sessions = meters.meters().iter().filter(|meter| is_session(meter));
        sessions.any(|meter| is_stale(meter, row.day, row.revision, mark))
    };
    let mut rollups = rollups.iter().filter(above);
    let mut voids = voids.iter().filter(above);
    !range.is_empty()
        && (voids.next().is_some()
            || rollups.any(|row| days.contains(&row.day) || reaches(row))
            || mark.is_below(last_seq(range, mark.upto.number(), meters, tail)))
}
