//! The arithmetic of sessions: unions, clipping, and the number active at once.
//!
//! A [`Span`] is a half-open interval `[start, end)` in microseconds since the
//! epoch. A *union* is a list of spans that are not empty, in ascending order,
//! and neither overlap nor touch. Everything here sorts and sweeps; nothing
//! steps through time, so the cost depends on the number of spans only.

use crate::quantity::Quantity;
use crate::time::TimeRange;

#[cfg(test)]
mod tests;

/// A half-open interval `[start, end)` in microseconds since the epoch; empty
/// unless the start lies before the end.
pub type Span = (i64, i64);

const MICROS_PER_MINUTE: u64 = 60_000_000;
const MICROS_PER_HOUR: u128 = 3_600_000_000;

/// Turns any spans of one resource into their union: empty ones are dropped,
/// overlapping and touching ones merged.
pub fn union(spans: &mut Vec<Span>) {
    spans.retain(|(start, end)| start < end);
    spans.sort_unstable();
    // The list is compacted towards its head: `kept` spans are final but for
    // the end of the last.
    let mut kept = 0;
    for next in 0..spans.len() {
        let (start, end) = spans[next];
        if kept > 0 && start <= spans[kept - 1].1 {
            spans[kept - 1].1 = spans[kept - 1].1.max(end);
        } else {
            spans[kept] = (start, end);
            kept += 1;
        }
    }
    spans.truncate(kept);
}

/// Returns the union of two unions, in one pass.
pub fn merge_sorted(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let from_a = match (a.peek(), b.peek()) {
            (None, None) => return merged,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => left <= right,
        };
        let Some(&(start, end)) = (if from_a { a.next() } else { b.next() }) else {
            return merged;
        };
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
}

/// Returns the part of a span inside a range. `None` where there is none.
pub fn clip(span: Span, range: TimeRange) -> Option<Span> {
    let start = span.0.max(range.start().micros());
    let end = span.1.min(range.end().micros());
    (start < end).then_some((start, end))
}

/// Returns the length of a union in microseconds.
pub fn total(union: &[Span]) -> u128 {
    let lengths = union.iter().map(|(start, end)| length(*start, *end));
    lengths.map(u128::from).sum()
}

/// Returns the time spent at each level: (number of resources active at once,
/// microseconds at exactly that number), for numbers from 1 with any time, in
/// ascending order.
///
/// Takes the spans of all resources in any order; those of one resource must
/// be a union. Times at one level over disjoint ranges of time add up, see
/// [`add_levels`].
pub fn levels(spans: impl IntoIterator<Item = Span>) -> Vec<(u32, u64)> {
    let mut at: Vec<u64> = Vec::new();
    sweep(spans, |level, start, end| {
        if at.len() <= level {
            at.resize(level + 1, 0);
        }
        at[level] += length(start, end);
    });
    (0u32..)
        .zip(at)
        .filter(|(level, micros)| *level > 0 && *micros > 0)
        .collect()
}

/// Adds the levels of one range of time to those of others, both ascending.
pub fn add_levels(sum: &mut Vec<(u32, u64)>, levels: &[(u32, u64)]) {
    sum.extend_from_slice(levels);
    sum.sort_unstable_by_key(|(level, _)| *level);
    sum.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// Returns how long each resource was active while exactly `level` of them were, in
/// ascending order of the resources, in microseconds. Resources without such time are
/// left out. Every resource comes once, with its union.
pub fn at_level<S: Copy + Ord>(items: &[(S, &[Span])], level: u32) -> Vec<(S, u64)> {
    let windows = Windows::at_level(items.iter().map(|(_, union)| *union), level);
    let mut active: Vec<(S, u64)> = items
        .iter()
        .map(|(subject, union)| {
            let times = union
                .iter()
                .map(|(start, end)| windows.within(*start, *end));
            (*subject, times.sum::<u64>())
        })
        .filter(|(_, micros)| *micros > 0)
        .collect();
    active.sort_unstable();
    active
}

/// The stretches of time in which exactly so many resources were active.
struct Windows {
    /// Each with the time of all windows before it, in order.
    windows: Vec<(Span, u64)>,
    all: u64,
}

impl Windows {
    fn at_level<'a>(unions: impl Iterator<Item = &'a [Span]>, level: u32) -> Self {
        let (mut windows, mut all) = (Vec::new(), 0);
        sweep(unions.flatten().copied(), |active, start, end| {
            if active == level as usize {
                windows.push(((start, end), all));
                all += length(start, end);
            }
        });
        Self { windows, all }
    }

    /// Returns the time of all windows before an instant.
    fn before(&self, instant: i64) -> u64 {
        let begun = self
            .windows
            .partition_point(|((start, _), _)| *start < instant);
        match begun.checked_sub(1).map(|last| &self.windows[last]) {
            Some(((start, end), before)) => before + length(*start, instant.min(*end)),
            None => 0,
        }
    }

    /// Returns the time of all windows within a span. It costs two searches however many
    /// windows the span covers: a long session may cover most of a day's.
    fn within(&self, start: i64, end: i64) -> u64 {
        if self.all == 0 {
            return 0;
        }
        self.before(end) - self.before(start)
    }
}

/// Returns the highest level whose time adds up to at least `peak_minutes`, and 0
/// if none lasts long enough. Each level comes once.
pub fn peak(levels: &[(u32, u64)], peak_minutes: u32) -> u32 {
    let enough = u64::from(peak_minutes) * MICROS_PER_MINUTE;
    let lasting = levels.iter().filter(|(_, micros)| *micros >= enough);
    lasting.map(|(level, _)| *level).max().unwrap_or(0)
}

/// Returns whole hours, where a started hour counts as one: the figure of an `hours`
/// meter.
pub fn hours_rounded_up(total_micros: u128) -> Quantity {
    let hours = total_micros.div_ceil(MICROS_PER_HOUR);
    // At most 2^128 / 3.6 × 10^9 hours, so the scaled figure fits an i128.
    Quantity::from_scaled(hours as i128 * Quantity::ONE.scaled())
}

/// Calls `visit(level, start, end)` in order of time for each stretch between
/// two neighbouring boundaries that `level` spans cover, gaps left out. One
/// level may come in several adjoining stretches.
fn sweep(spans: impl IntoIterator<Item = Span>, mut visit: impl FnMut(usize, i64, i64)) {
    // Which start belongs to which end is irrelevant for counting, so two
    // plain lists of integers are sorted rather than events with a payload.
    let (mut starts, mut ends): (Vec<i64>, Vec<i64>) =
        spans.into_iter().filter(|(start, end)| start < end).unzip();
    starts.sort_unstable();
    ends.sort_unstable();
    let mut starts = starts.into_iter().peekable();
    let mut level = 0;
    let mut since = 0;
    for end in ends {
        while let Some(start) = starts.next_if(|start| *start < end) {
            if since < start && level > 0 {
                visit(level, since, start);
            }
            level += 1;
            since = start;
        }
        if since < end && level > 0 {
            visit(level, since, end);
        }
        // Every end has its start before it, so the level is at least 1 here.
        level -= 1;
        since = end;
    }
}

/// Returns the length of a span that is not empty. Any length fits.
fn length(start: i64, end: i64) -> u64 {
    end.abs_diff(start)
}
