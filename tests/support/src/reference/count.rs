//! The counting of the reference: each meter on its own, sessions stretch by
//! stretch between neighbouring boundaries.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{
    Aggregation, Day, ExcessDecimals, Family, Instant, Meter, MeterVersion, Quantity, Spelling,
    TimeRange, Unreadable,
};

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
    let read = match quantity(version, event) {
        None if version.unreadable == Unreadable::Zero => 0,
        read => read?,
    };
    match version.aggregation {
        Aggregation::Hours | Aggregation::Peak => {
            let start = event.time.micros();
            (read > 0).then(|| Read::Session(start, start + (read / 1_000) as i64))
        }
        _ => Some(Read::Point(read)),
    }
}

/// Returns the quantity that a version reads of an event of its type, in steps of 10^-9:
/// nothing if there is none that it can read.
pub fn quantity(version: &MeterVersion, event: &Event) -> Option<i128> {
    let session = match version.aggregation {
        Aggregation::Unique | Aggregation::Count => return Some(0),
        Aggregation::Sum | Aggregation::Max => false,
        Aggregation::Hours | Aggregation::Peak => true,
    };
    let name = version.quantity.clone();
    let picos = *event.fields.get(&name.unwrap_or("seconds".to_owned()))?;
    // Quantities have nine decimals, durations six.
    let least = if session { 1_000_000 } else { 1_000 };
    let steps = match version.excess_decimals {
        ExcessDecimals::Reject if picos % least != 0 => return None,
        ExcessDecimals::Round => (picos + least / 2) / least,
        ExcessDecimals::Reject | ExcessDecimals::Cut => picos / least,
    };
    let nanos = steps * least / 1_000;
    let most = 10i128.pow(15 + 9);
    if nanos >= most || (session && nanos > LONGEST_SESSION_NANOS) {
        return None;
    }
    let step = version.round_up_each.map_or(1, Quantity::scaled);
    Some((nanos + step - 1) / step * step)
}

/// Returns what a name has in common with all other spellings of its resource.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The aliases of a day, each with its resource.
pub type AliasPairs = BTreeMap<String, String>;

/// Names that are one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneResource {
    /// All of its names that aliases tell of, as they are spelt alike, and its own.
    keys: BTreeSet<String>,
    /// The name that aliases give it.
    shown: Option<String>,
}

/// Returns the resource of a name: pairs that touch it are added until none does.
pub fn resource(name: &str, aliases: &AliasPairs, spelling: Spelling) -> OneResource {
    let key = |name: &str| match spelling {
        Spelling::Exact => name.to_owned(),
        Spelling::Folded => folded(name),
    };
    let mut keys = BTreeSet::from([key(name)]);
    loop {
        let before = keys.len();
        for (alias, resource) in aliases {
            if keys.contains(&key(alias)) || keys.contains(&key(resource)) {
                keys.extend([key(alias), key(resource)]);
            }
        }
        if keys.len() == before {
            break;
        }
    }
    let named = aliases
        .values()
        .filter(|resource| keys.contains(&key(resource)));
    let shown = named.min().cloned();
    OneResource { keys, shown }
}

/// Returns events with the name by which a meter shows their resource in a range: that of
/// the aliases, or of all spellings the first, of those of one instant the one that is first
/// by its bytes.
pub(super) fn unified(
    events: &[&Event],
    range: TimeRange,
    meter: &Meter,
    (aliases, spelling): (&AliasPairs, Spelling),
) -> Vec<Event> {
    let of = |event: &Event| resource(&event.subject, aliases, spelling);
    let mut shown: BTreeMap<BTreeSet<String>, (i64, &str)> = BTreeMap::new();
    for event in events {
        let at = match read(meter, event) {
            Some(Read::Point(_)) => event.time.micros(),
            Some(Read::Session(start, end)) if end > range.start().micros() => {
                start.max(range.start().micros())
            }
            _ => continue,
        };
        if range.contains(Instant::from_micros(at)) {
            let first = (at, event.subject.as_str());
            let known = shown.entry(of(event).keys).or_insert(first);
            *known = (*known).min(first);
        }
    }
    let unified = events.iter().map(|event| {
        let mut event = Event::clone(event);
        let one = of(&event);
        let first = shown.get(&one.keys).map(|(_, name)| (*name).to_owned());
        event.subject = one.shown.or(first).unwrap_or(event.subject);
        event
    });
    unified.collect()
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

/// Takes out of one member of a family what a higher-ranked one has seen. `saw` is what
/// each meter has seen. If one of two meters folds its resources, both are compared so.
pub(super) fn count_in_highest_rank_only(
    usages: &mut [Usage],
    saw: &[Usage],
    (name, family): (&str, &Family),
    meters: &[Meter],
    (aliases, last): (&AliasPairs, Day),
) {
    let version = |name: &str| {
        let meter = meters.iter().find(|meter| meter.name == name);
        version_on(meter.expect("it was counted"), last).expect("it has begun")
    };
    let folds = |name: &str| version(name).resources == Spelling::Folded;
    let is_above = |other: &str| {
        let other = version(other).family.as_ref();
        other.is_some_and(|other| other.name == family.name && other.rank > family.rank)
    };
    let above: Vec<&Usage> = saw.iter().filter(|usage| is_above(&usage.name)).collect();
    let is_seen = |sought: &str| {
        above.iter().any(|other| {
            let fold = folds(name) || folds(&other.name);
            let mut names = other.resources.iter().map(|(_, name)| name);
            names.any(|seen| match fold {
                true => {
                    let one = |name: &str| resource(name, aliases, Spelling::Folded).keys;
                    one(seen) == one(sought)
                }
                false => seen == sought,
            })
        })
    };
    for usage in usages.iter_mut().filter(|usage| usage.name == name) {
        usage.resources.retain(|(_, name)| !is_seen(name));
        usage.total = Quantity::from_units(usage.resources.len() as u64);
    }
}
