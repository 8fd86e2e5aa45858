//! What the ledger must answer, computed from the raw events by brute force.
//!
//! It shares no code with the ledger: every report walks all events, and
//! sessions are counted stretch by stretch between neighbouring boundaries.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{
    Aggregation, Day, Instant, Meter, MeterVersion, OrganizationId, Quantity, TimeRange,
};
use exchequer_ledger::Verdict;

const MINUTE: i64 = 60_000_000;
const LONGEST_SESSION_NANOS: i128 = 31 * 86_400 * 1_000_000_000;

/// An event as its sender means it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) organization: OrganizationId,
    pub(crate) source: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) time: Instant,
    /// The text of `data`.
    pub(crate) data: String,
    /// The readable quantities in it, in steps of 10^-9.
    pub(crate) fields: BTreeMap<String, i128>,
}

type Identity = (OrganizationId, String, String);

impl Event {
    fn identity(&self) -> Identity {
        (self.organization, self.source.clone(), self.id.clone())
    }
}

/// A usage with its resources by name and instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) name: String,
    pub(crate) total: Quantity,
    pub(crate) resources: Vec<(i64, String)>,
}

/// All accepted events; the one at place 0 has seq 1.
#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) events: Vec<Event>,
    known: BTreeMap<Identity, usize>,
}

impl Reference {
    /// The verdicts on a group of batches, and what it would add, in order.
    pub(crate) fn admit(&self, group: &[Vec<Event>]) -> (Vec<Vec<Verdict>>, Vec<Event>) {
        let mut fresh: BTreeMap<Identity, &Event> = BTreeMap::new();
        let mut new: Vec<Event> = Vec::new();
        let mut verdicts = Vec::new();
        for batch in group {
            let mut accepted: Vec<&Event> = Vec::new();
            let mut decided = Vec::new();
            for event in batch {
                let stored = self
                    .known
                    .get(&event.identity())
                    .map(|at| &self.events[*at]);
                let known = stored.or_else(|| fresh.get(&event.identity()).copied());
                decided.push(match known {
                    None => Verdict::Accepted,
                    Some(known) if known == event => Verdict::Duplicate,
                    Some(_) => Verdict::Conflict,
                });
                if known.is_none() {
                    fresh.insert(event.identity(), event);
                    accepted.push(event);
                }
            }
            // Within a batch, the events of one organisation stand together.
            let mut order: Vec<OrganizationId> = Vec::new();
            for event in batch {
                if !order.contains(&event.organization) {
                    order.push(event.organization);
                }
            }
            accepted.sort_by_key(|event| order.iter().position(|o| *o == event.organization));
            new.extend(accepted.into_iter().cloned());
            verdicts.push(decided);
        }
        (verdicts, new)
    }

    /// Remembers what has become durable.
    pub(crate) fn commit(&mut self, new: Vec<Event>) {
        for event in new {
            self.known.insert(event.identity(), self.events.len());
            self.events.push(event);
        }
    }

    /// The usage in a range of the events with seqs up to `upto`.
    pub(crate) fn report(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        meters: &[Meter],
        upto: u64,
    ) -> Vec<Usage> {
        let mut usages = Vec::new();
        let mut families = Vec::new();
        if range.is_empty() {
            return usages;
        }
        let last = Instant::from_micros(range.end().micros() - 1).day();
        let events = self.of(organization, upto);
        for meter in meters {
            let Some(version) = version_on(meter, last) else {
                continue;
            };
            let counted = match version.aggregation {
                Aggregation::Hours | Aggregation::Peak => {
                    sessions(&events, range, meter, version.peak_minutes)
                }
                _ => points(&events, range, meter),
            };
            if let Some(usage) = counted {
                families.push((version.family.clone(), usage.name.clone()));
                usages.push(usage);
            }
        }
        for (family, name) in families {
            let Some(family) = family else { continue };
            count_in_highest_rank_only(&mut usages, &name, &family, meters, last);
        }
        usages.sort_by(|a, b| a.name.cmp(&b.name));
        usages
    }

    /// The highest seq up to `upto` of an event that touches a day of a range,
    /// and of one whose own instant lies in such a day.
    pub(crate) fn last_seq(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        meters: &[Meter],
        upto: u64,
    ) -> (u64, u64) {
        let days: BTreeSet<Day> = range.days().collect();
        let (mut touching, mut inside) = (0, 0);
        for (seq, event) in (1..).zip(&self.events) {
            if event.organization != organization || seq > upto {
                continue;
            }
            let mut touches = days.contains(&event.time.day());
            if touches {
                inside = seq;
            }
            for meter in meters {
                if let Some(Read::Session(start, end)) = read(meter, event) {
                    let (first, last) =
                        (Instant::from_micros(start), Instant::from_micros(end - 1));
                    let touched = first.day()..=last.day();
                    touches |= days.iter().any(|day| touched.contains(day));
                }
            }
            if touches {
                touching = seq;
            }
        }
        (touching, inside)
    }

    fn of(&self, organization: OrganizationId, upto: u64) -> Vec<&Event> {
        let seen = self.events.iter().take(upto as usize);
        seen.filter(|event| event.organization == organization)
            .collect()
    }
}

/// Of the versions that have begun, the one that began last; of those of one
/// day, the newest.
fn version_on(meter: &Meter, day: Day) -> Option<&MeterVersion> {
    let begun = meter
        .versions
        .iter()
        .filter(|version| version.begins <= day);
    begun.max_by_key(|version| (version.begins, version.version))
}

enum Read {
    /// A quantity in steps of 10^-9.
    Point(i128),
    /// From one microsecond up to another.
    Session(i64, i64),
}

/// What a meter makes of an event: nothing if it does not listen to it, or
/// cannot read it, or a session has no length.
fn read(meter: &Meter, event: &Event) -> Option<Read> {
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

fn points(events: &[&Event], range: TimeRange, meter: &Meter) -> Option<Usage> {
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

fn sessions(
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
    firsts.retain(|subject, _| {
        stretches
            .iter()
            .any(|(active, _)| active.len() == peak && active.contains(subject))
    });
    Some(usage(meter, Quantity::from_units(peak as u64), firsts))
}

/// Takes out of one member of a family what a higher-ranked one has seen.
fn count_in_highest_rank_only(
    usages: &mut [Usage],
    name: &str,
    family: &exchequer_core::Family,
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
