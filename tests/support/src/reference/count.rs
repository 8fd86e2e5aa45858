//! The counting of the reference: each meter on its own, sessions stretch by
//! stretch between neighbouring boundaries.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Aggregation, Day, Family, Meter, MeterVersion, Quantity, TimeRange};

use super::event::{Event, Usage};

const MINUTE: i64 = 60_000_000;
const LONGEST_SESSION_NANOS: i128 = 31 * 86_400 * 1_000_000_000;

/// Of the versions that have begun, the one that began last; of those of one
/// day, the newest.
pub fn version_on(meter: &Meter, day: Day) -> Option<&MeterVersion> {
    let begun = meter
        .versions
        .iter()
        .filter(|version| version.begins <= day);
    begun.max_by_key(|version| (version.begins, version.version))
}

/// Returns the name of a meter in reports of ranges with this last day.
pub fn shown_on(meter: &Meter, day: Day) -> String {
    let version = version_on(meter, day);
    let shown = version.and_then(|version| version.shown_as.clone());
    shown.unwrap_or(meter.name.clone())
}

/// The part of an event that a meter counts.
pub enum Read {
    /// A quantity in steps of 10^-9.
    Point(i128),
    /// From one microsecond up to another.
    Session(i64, i64),
}

/// Returns what a meter makes of an event: nothing if it does not listen to it, or
/// cannot read it, or a session has no length.
pub fn read(meter: &Meter, event: &Event) -> Option<Read> {
    let version = version_on(meter, event.time.day())?;
    if version.event_type != event.kind {
        return None;
    }
    let field = |default: &str| {
        let name = version.quantity.clone().unwrap_or(default.to_owned());
        event.fields.get(&name).copied()
    };
    match version.aggregation {
        Aggregation::Unique | Aggregation::Count => Some(Read::Point(0)),
        Aggregation::Max => field("").map(Read::Point),
        Aggregation::Sum => {
            let quantity = field("")?;
            let step = version.round_up_each.map_or(1, Quantity::scaled);
            Some(Read::Point((quantity + step - 1) / step * step))
        }
        Aggregation::Hours | Aggregation::Peak => {
            let nanos = field("seconds")?;
            let readable = nanos > 0 && nanos <= LONGEST_SESSION_NANOS && nanos % 1_000 == 0;
            let start = event.time.micros();
            readable.then(|| Read::Session(start, start + (nanos / 1_000) as i64))
        }
    }
}

/// Counts the points of a range.
pub(super) fn points(events: &[&Event], range: TimeRange, meter: &Meter) -> Option<Usage> {
    let mut firsts: BTreeMap<&str, i64> = BTreeMap::new();
    let (mut sum, mut max, mut count) = (0i128, 0i128, 0u64);
    let inside = events
        .iter()
        .filter(|e| range.start() <= e.time && e.time < range.end());
    for event in inside {
        let Some(Read::Point(quantity)) = read(meter, event) else {
            continue;
        };
        sum += quantity;
        max = max.max(quantity);
        count += 1;
        let first = firsts.entry(&event.subject).or_insert(i64::MAX);
        *first = (*first).min(event.time.micros());
    }
    if firsts.is_empty() {
        return None;
    }
    let total = match meter.versions[0].aggregation {
        Aggregation::Unique => Quantity::from_units(firsts.len() as u64),
        Aggregation::Count => Quantity::from_units(count),
        Aggregation::Sum => Quantity::from_scaled(sum),
        _ => Quantity::from_scaled(max),
    };
    Some(usage(meter, total, firsts))
}

fn usage(meter: &Meter, total: Quantity, firsts: BTreeMap<&str, i64>) -> Usage {
    let mut resources: Vec<(i64, String)> = firsts
        .into_iter()
        .map(|(name, first)| (first, name.to_owned()))
        .collect();
    resources.sort();
    Usage {
        name: meter.name.clone(),
        total,
        resources,
    }
}

/// Counts the sessions of a range, which may begin before it or end after it.
pub(super) fn sessions(
    events: &[&Event],
    range: TimeRange,
    meter: &Meter,
    peak_minutes: u32,
) -> Option<Usage> {
    let mut spans: Vec<(&str, i64, i64)> = Vec::new();
    for event in events {
        if let Some(Read::Session(start, end)) = read(meter, event) {
            let (start, end) = (
                start.max(range.start().micros()),
                end.min(range.end().micros()),
            );
            if start < end {
                spans.push((&event.subject, start, end));
            }
        }
    }
    if spans.is_empty() {
        return None;
    }
    let mut firsts: BTreeMap<&str, i64> = BTreeMap::new();
    for (subject, start, _) in &spans {
        let first = firsts.entry(subject).or_insert(*start);
        *first = (*first).min(*start);
    }
    let boundaries: BTreeSet<i64> = spans.iter().flat_map(|(_, a, b)| [*a, *b]).collect();
    let boundaries: Vec<i64> = boundaries.into_iter().collect();
    let stretches = boundaries.windows(2).map(|pair| {
        let covering = spans
            .iter()
            .filter(|(_, a, b)| *a <= pair[0] && pair[1] <= *b);
        let active: BTreeSet<&str> = covering.map(|(subject, _, _)| *subject).collect();
        (active, pair[1] - pair[0])
    });
    let stretches: Vec<(BTreeSet<&str>, i64)> = stretches.collect();
    if meter.versions[0].aggregation == Aggregation::Hours {
        let micros: i128 = stretches
            .iter()
            .map(|(a, t)| a.len() as i128 * i128::from(*t))
            .sum();
        let hour = i128::from(60 * MINUTE);
        let hours = (micros + hour - 1) / hour;
        return Some(usage(meter, Quantity::from_units(hours as u64), firsts));
    }
    let long_enough = |level: &usize| {
        let there = stretches
            .iter()
            .filter(|(active, _)| active.len() == *level);
        there.map(|(_, time)| time).sum::<i64>() >= i64::from(peak_minutes) * MINUTE
    };
    let peak = (1..=firsts.len()).rev().find(long_enough).unwrap_or(0);
    // As many as the peak: the longest active while exactly so many were, then by name.
    let mut candidates: Vec<(i64, &str)> = firsts
        .keys()
        .map(|subject| {
            let there = stretches
                .iter()
                .filter(|(active, _)| active.len() == peak && active.contains(subject));
            (-there.map(|(_, time)| time).sum::<i64>(), *subject)
        })
        .collect();
    candidates.sort_unstable();
    let listed: BTreeSet<&str> = candidates
        .iter()
        .take(peak)
        .map(|(_, name)| *name)
        .collect();
    firsts.retain(|subject, _| listed.contains(subject));
    Some(usage(meter, Quantity::from_units(peak as u64), firsts))
}

/// Takes out of one member of a family what a higher-ranked one has seen.
pub(super) fn count_in_highest_rank_only(
    usages: &mut [Usage],
    name: &str,
    family: &Family,
    meters: &[Meter],
    last: Day,
) {
    let above: BTreeSet<&str> = meters
        .iter()
        .filter(|meter| {
            let version = version_on(meter, last);
            let other = version.and_then(|version| version.family.as_ref());
            other.is_some_and(|other| other.name == family.name && other.rank > family.rank)
        })
        .map(|meter| meter.name.as_str())
        .collect();
    // What a higher rank gave up, a still higher one has.
    let seen: BTreeSet<String> = usages
        .iter()
        .filter(|usage| above.contains(usage.name.as_str()))
        .flat_map(|usage| usage.resources.iter().map(|(_, name)| name.clone()))
        .collect();
    for usage in usages.iter_mut().filter(|usage| usage.name == name) {
        usage.resources.retain(|(_, name)| !seen.contains(name));
        usage.total = Quantity::from_units(usage.resources.len() as u64);
    }
}
