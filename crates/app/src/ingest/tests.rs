//! Shared by the tests of validation: a world of meters and organisations, and
//! events to vary.

mod body;
mod canonical;
mod content;
mod fuzz;
mod refusals;

use exchequer_core::{
    Aggregation, Day, Instant, MICROS_PER_DAY, Meter, MeterSet, MeterVersion, OrganizationId,
};
use serde_json::{Value, json};

use super::{BodyError, Format, IngestContext, Parsed, Sender, parse};

const HOME: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const UNKNOWN: &str = "33333333-3333-4333-8333-333333333333";

/// The first instant of the day on which the tests' requests come in.
fn today() -> Instant {
    Day::from_ymd(2026, 10, 2).unwrap().start()
}

fn organization(id: &str) -> OrganizationId {
    id.parse().unwrap()
}

fn meter(number: u32, event_type: &str, aggregation: Aggregation, field: Option<&str>) -> Meter {
    Meter {
        number,
        name: format!("Meter {number}"),
        versions: vec![MeterVersion {
            version: 1,
            begins: Day::from_ymd(2026, 1, 1).unwrap(),
            event_type: event_type.to_owned(),
            aggregation,
            quantity: field.map(str::to_owned),
            round_up_each: None,
            peak_minutes: 30,
            family: None,
            shown_as: None,
            unreadable: Default::default(),
            excess_decimals: Default::default(),
            resources: Default::default(),
            revision: 1,
        }],
    }
}

fn meters() -> MeterSet {
    MeterSet::new(vec![
        meter(1, "user.login", Aggregation::Unique, None),
        meter(2, "call", Aggregation::Sum, Some("minutes")),
        meter(3, "call", Aggregation::Hours, None),
        meter(4, "disk", Aggregation::Max, Some("bytes")),
    ])
    .unwrap()
}

/// Reads a body as a client of `HOME` would send it.
fn read(body: &[u8], format: Format, operator: bool) -> Result<Parsed, BodyError> {
    let meters = meters();
    let exists = |id| [organization(HOME), organization(OTHER)].contains(&id);
    let context = IngestContext {
        now: Instant::from_micros(today().micros() + MICROS_PER_DAY / 2),
        home: organization(HOME),
        operator,
        sender: Sender::UNBOUND,
        meters: &meters,
        partitions: exchequer_ledger::Partitions::ONE,
        organization_exists: &exists,
    };
    parse(body, format, &context)
}

fn read_json(body: &str) -> Parsed {
    read(body.as_bytes(), Format::Json, false).unwrap()
}

/// A good event, with some attributes set to something else.
fn event(changes: &[(&str, Value)]) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": "e-1", "source": "/pbx/eu-1", "type": "user.login",
        "subject": "ada@example.com", "time": "2026-10-01T08:00:00Z",
        "data": {"division": "Sales"},
    });
    for (name, value) in changes {
        event[*name] = value.clone();
    }
    event
}

/// The answer to a body, apart from the batch, in a form that can be compared.
fn outcome(parsed: &Parsed, body: &[u8]) -> Value {
    let taken: Vec<_> = (0..parsed.indices.len())
        .map(|n| {
            json!({
                "index": parsed.indices[n],
                "unmetered": parsed.unmetered[n],
                "id": parsed.ids.get(n, body),
            })
        })
        .collect();
    let rejected: Vec<_> = parsed
        .rejected
        .iter()
        .map(|r| json!([r.index, r.id, r.code, r.message]))
        .collect();
    json!({ "events": parsed.events, "taken": taken, "rejected": rejected })
}
