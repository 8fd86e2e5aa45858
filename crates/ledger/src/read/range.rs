//! The days that a range touches, and those from which sessions reach into it.

use std::ops::Range;

use exchequer_core::{Day, Instant, TimeRange};

use crate::evaluate::reaching;

/// Returns the days that a range touches.
#[must_use]
pub fn days(range: TimeRange) -> Range<Day> {
    if range.is_empty() {
        let day = range.start().day();
        return day..day;
    }
    let last = Instant::from_micros(range.end().micros() - 1).day();
    range.start().day()..last.next()
}

/// Returns the days of a range, and those before it in which a session can have
/// begun that reaches into it.
#[must_use]
pub fn window(range: TimeRange) -> Range<Day> {
    let days = days(range);
    reaching(days.start)..days.end
}

/// Returns the days that a range touches and does not hold whole: its first, its
/// last, both or none.
pub fn cut_days(range: TimeRange) -> impl Iterator<Item = Day> {
    let days = days(range);
    // There is no day before the first one.
    let last = Day::from_number(days.end.number().saturating_sub(1));
    let first = (days.start != last).then_some(days.start);
    let edges = first.into_iter().chain([last]);
    edges.filter(move |day| days.contains(day) && !is_whole(range, *day))
}

pub(super) fn is_whole(range: TimeRange, day: Day) -> bool {
    range.start() <= day.start() && day.next().start() <= range.end()
}

pub(super) fn overlaps(session: TimeRange, days: &Range<Day>) -> bool {
    session.start() < days.end.start() && session.end() > days.start.start()
}

/// Returns the days whose segments hold the sessions that lie in a day.
pub(super) fn sources(day: Day) -> impl Iterator<Item = Day> {
    (reaching(day).number()..=day.number()).map(Day::from_number)
}
