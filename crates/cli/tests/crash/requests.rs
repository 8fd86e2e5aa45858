//! The requests, each a function of a few numbers, and what a report must say
//! of those that are kept.

use std::collections::BTreeMap;
use std::fmt::Write;

use exchequer_core::Day;
use exchequer_types::dates;
use serde_json::{Value, json};

pub(crate) const ORGANIZATIONS: [&str; 3] = [
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
];

/// The meters: each listens to all events.
pub(crate) const CATALOGUE: &str = r#"
[[organization]]
id = "11111111-1111-4111-8111-111111111111"
name = "One"
[[organization]]
id = "22222222-2222-4222-8222-222222222222"
name = "Two"
[[organization]]
id = "33333333-3333-4333-8333-333333333333"
name = "Three"
[[meter]]
name = "callers"
event_type = "call"
aggregation = "unique"
[[meter]]
name = "calls"
event_type = "call"
aggregation = "count"
[[meter]]
name = "minutes"
event_type = "call"
aggregation = "sum"
quantity = "minutes"
"#;

/// Everything happens in these days.
pub(crate) const MONTH: (&str, &str) = ("2024-10-01", "2024-11-01");

/// Milliseconds that belong to one request alone; it has fewer events.
const WINDOW: i64 = 16_000;

/// SplitMix64: small, and the same for a seed on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % limit
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A request: events of its own for all organisations, some of them twice, and
/// repeats of requests that were acknowledged before.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) number: u64,
    /// Events that no other request has.
    pub(crate) own: u64,
    pub(crate) twice: u64,
    /// Request and event.
    pub(crate) repeats: Vec<(u64, u64)>,
}

/// One event.
struct Event {
    organization: usize,
    caller: u64,
    /// Milliseconds since 1970.
    time: i64,
    /// Tenths.
    minutes: u64,
}

impl Event {
    fn of(request: u64, place: u64) -> Self {
        let bits = mix(request << 20 | place);
        Self {
            organization: (bits % 3) as usize,
            caller: bits / 3 % 200,
            time: opens(request) + place as i64,
            minutes: bits / 600 % 50,
        }
    }
}

/// The millisecond that a request's window opens with.
fn opens(request: u64) -> i64 {
    let october = Day::from_ymd(2024, 10, 1).unwrap().start().micros() / 1_000;
    // One request after the other on days in turn: folds meet many days.
    october + (request % 31) as i64 * 86_400_000 + (request / 31) as i64 * WINDOW
}

impl Request {
    /// Events in the body.
    pub(crate) fn events(&self) -> u64 {
        self.own + self.twice + self.repeats.len() as u64
    }

    /// The body, as NDJSON.
    pub(crate) fn body(&self) -> String {
        let mut body = String::new();
        let own = (0..self.own).chain(0..self.twice);
        let own = own.map(|place| (self.number, place));
        for (request, place) in own.chain(self.repeats.iter().copied()) {
            let event = Event::of(request, place);
            let time = dates::format(event.time * 1_000);
            let organization = ORGANIZATIONS[event.organization];
            let (caller, minutes) = (event.caller, tenths(event.minutes));
            // Writing into a string cannot fail.
            let _ = writeln!(
                body,
                r#"{{"specversion":"1.0","id":"{request}-{place}","source":"/pbx","type":"call","subject":"caller-{caller}","time":"{time}","organization":"{organization}","data":{{"minutes":"{minutes}"}}}}"#
            );
        }
        body
    }

    /// The range that holds the request's own events and nothing else.
    pub(crate) fn window(&self) -> (String, String) {
        let opens = opens(self.number);
        (
            dates::format(opens * 1_000),
            dates::format((opens + WINDOW) * 1_000),
        )
    }

    /// How many of its own events are an organisation's.
    pub(crate) fn own_of(&self, organization: usize) -> u64 {
        let own = (0..self.own).map(|place| Event::of(self.number, place));
        own.filter(|event| event.organization == organization)
            .count() as u64
    }
}

fn tenths(tenths: u64) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

/// What is kept of one organisation.
#[derive(Default)]
pub(crate) struct Kept {
    calls: u64,
    tenths: u64,
    /// When each caller called first.
    callers: BTreeMap<u64, i64>,
}

impl Kept {
    /// Adds a request's own events of the organisation.
    pub(crate) fn add(&mut self, request: &Request, organization: usize) {
        let own = (0..request.own).map(|place| Event::of(request.number, place));
        for event in own.filter(|event| event.organization == organization) {
            self.calls += 1;
            self.tenths += event.minutes;
            let first = self.callers.entry(event.caller).or_insert(event.time);
            *first = event.time.min(*first);
        }
    }

    /// The `usages` of the month's report.
    pub(crate) fn usages(&self) -> Value {
        if self.calls == 0 {
            return json!([]);
        }
        let mut firsts: Vec<(i64, String)> = self
            .callers
            .iter()
            .map(|(caller, first)| (*first, format!("caller-{caller}")))
            .collect();
        firsts.sort();
        let resources: Vec<Value> = firsts
            .iter()
            .map(|(first, name)| json!({"name": name, "date": dates::format(first * 1_000)}))
            .collect();
        let usage = |name: &str, total: String| json!({"name": name, "totalUsage": total, "resources": resources});
        json!([
            usage("callers", self.callers.len().to_string()),
            usage("calls", self.calls.to_string()),
            usage("minutes", tenths(self.tenths)),
        ])
    }
}
