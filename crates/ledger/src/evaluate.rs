//! The reading of one event by the meters.

use exchequer_core::{Aggregation, Day, Instant, Meter, MeterSet, Reading, TimeRange};

use crate::json::top_level_field;
use crate::limits::LONGEST_SESSION_DAYS;

/// One meter's reading of one event.
#[derive(Clone, Copy)]
pub(crate) enum Observed {
    /// A value at one instant, as its aggregation adds it up.
    Point(u128),
    /// A session over a span of time.
    Session(TimeRange),
}

/// Calls `observe` with the reading of each meter that listens to an event. An
/// event that is older than its meter may be unreadable for it, and does not
/// count there.
pub(crate) fn evaluate(
    meters: &MeterSet,
    kind: &str,
    time: Instant,
    data: &str,
    mut observe: impl FnMut(&Meter, Aggregation, Observed),
) {
    for (meter, version) in meters.listening(kind, time.day()) {
        let raw = version
            .field()
            .and_then(|field| top_level_field(data, field));
        let observed = match version.read(raw) {
            Ok(Reading::Point(quantity)) => match version.aggregation {
                Aggregation::Count => Observed::Point(1),
                // Only the subject counts, so no value is kept.
                Aggregation::Unique => Observed::Point(0),
                _ => Observed::Point(quantity.scaled().unsigned_abs()),
            },
            // A session without length has no instant in which it was active.
            Ok(Reading::Session { micros: 0 }) | Err(_) => continue,
            Ok(Reading::Session { micros }) => {
                // A meter reads at most 31 days.
                let end = Instant::from_micros(time.micros() + micros as i64);
                match TimeRange::new(time, end) {
                    Some(range) => Observed::Session(range),
                    None => continue,
                }
            }
        };
        observe(meter, version.aggregation, observed);
    }
}

/// Returns whether a meter needs `data` of events of these types.
pub(crate) fn needs_data<'a>(
    meters: &MeterSet,
    kinds: impl Iterator<Item = &'a str>,
    day: Day,
) -> bool {
    kinds.into_iter().any(|kind| {
        meters
            .listening(kind, day)
            .any(|(_, version)| version.field().is_some())
    })
}

/// Returns the highest revision among the versions of a meter that can matter on a day:
/// a rollup that is older than that says nothing about this meter.
pub(crate) fn revision_on(meter: &Meter, day: Day) -> u64 {
    let matters = meter
        .versions
        .iter()
        .filter(|version| version.begins <= day);
    // No version matters: 0 is no newer than any rollup, so none is stale.
    matters.map(|version| version.revision).max().unwrap_or(0)
}

/// Combines two values of a meter.
///
/// A sum that is too large for 128 bits stays at the highest value, and whoever
/// turns it into a quantity refuses it as damage. Events alone do not get there:
/// at less than 10^15 units of 10^-9 each it takes 10^14 of them.
pub(crate) fn combine(aggregation: Aggregation, a: u128, b: u128) -> u128 {
    match aggregation {
        Aggregation::Sum | Aggregation::Count => a.saturating_add(b),
        Aggregation::Max => a.max(b),
        Aggregation::Unique | Aggregation::Hours | Aggregation::Peak => 0,
    }
}

/// Returns whether a meter counts sessions. Its versions all do or none does.
pub(crate) fn is_session(meter: &Meter) -> bool {
    let mut versions = meter.versions.iter();
    versions.any(|version| version.aggregation.is_session())
}

/// Returns the first day in which a session can begin that reaches into a day.
pub(crate) fn reaching(day: Day) -> Day {
    // There is no day before the first one.
    Day::from_number(day.number().saturating_sub(LONGEST_SESSION_DAYS))
}
