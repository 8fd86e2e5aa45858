//! Requests of events, each a function of a few numbers, and the report that
//! those that are kept must give.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use exchequer_core::Day;
use exchequer_types::dates;
use serde_json::{Value, json};

use crate::random::mix;

/// The organisations of the catalog.
pub const ORGANIZATIONS: [&str; 3] = [
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
];

/// The meters: each listens to all events.
pub const CATALOG: &str = r#"
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
pub const MONTH: (&str, &str) = ("2024-10-01", "2024-11-01");

/// Milliseconds that belong to one request alone; it has fewer events.
const WINDOW: i64 = 16_000;

/// A request: events of its own for all organisations, some of them twice,
/// repeats of requests that were acknowledged before, corrections, and events
/// with the ids of known ones and other content.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its number; requests of one number are equal.
    pub number: u64,
    /// Events that no other request has.
    pub own: u64,
    /// The number of its own events that it holds twice.
    pub twice: u64,
    /// Request and event.
    pub repeats: Vec<(u64, u64)>,
    /// Events of rounds before, each voided by one that takes its place.
    pub corrected: Vec<(u64, u64)>,
    /// Events of others with other content, named as in `repeats`. They come last.
    pub changed: Vec<(u64, u64)>,
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

    /// Returns the event that takes the place of another: a call at the same instant.
    fn correction(request: u64, number: u64, (wrong, place): (u64, u64)) -> Self {
        let wrong = Self::of(wrong, place);
        Self {
            organization: wrong.organization,
            time: wrong.time,
            // No request has events of its own at these places.
            ..Self::of(request, 1 << 19 | number)
        }
    }

    fn write(&self, id: &str, voids: Option<&str>, body: &mut String) {
        let time = dates::format(self.time * 1_000);
        let organization = ORGANIZATIONS[self.organization];
        let (caller, minutes) = (self.caller, tenths(self.minutes));
        let voids = voids.map_or(String::new(), |id| format!(r#""voids":"{id}","#));
        // Writing into a string cannot fail.
        let _ = writeln!(
            body,
            r#"{{"specversion":"1.0","id":"{id}","source":"/pbx","type":"call","subject":"caller-{caller}","time":"{time}","organization":"{organization}",{voids}"data":{{"minutes":"{minutes}"}}}}"#
        );
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
    pub fn events(&self) -> u64 {
        let known = self.repeats.len() + self.changed.len();
        self.fresh() + self.twice + known as u64
    }

    /// Those that are accepted if nothing of it is kept yet.
    pub fn fresh(&self) -> u64 {
        self.own + self.corrected.len() as u64
    }

    /// Returns the same number as `fresh`, of one organisation.
    pub fn fresh_of(&self, organization: usize) -> u64 {
        self.own_of(organization) + self.corrections(organization).count() as u64
    }

    /// The corrections of one organisation: number, and what they correct.
    fn corrections(&self, organization: usize) -> impl Iterator<Item = (u64, (u64, u64))> {
        let numbered = (0..).zip(self.corrected.iter().copied());
        numbered.filter(move |(_, (request, place))| {
            Event::of(*request, *place).organization == organization
        })
    }

    /// The places in the body of those that contradict what is kept.
    pub fn conflicting(&self) -> Vec<u64> {
        let events = self.events();
        (events - self.changed.len() as u64..events).collect()
    }

    /// The body, as NDJSON.
    pub fn body(&self) -> String {
        let mut body = String::new();
        let own = (0..self.own).chain(0..self.twice);
        let own = own.map(|place| (self.number, place));
        let kept = own.chain(self.repeats.iter().copied());
        for (request, place) in kept {
            let event = Event::of(request, place);
            event.write(&format!("{request}-{place}"), None, &mut body);
        }
        for (number, (request, place)) in (0..).zip(self.corrected.iter().copied()) {
            let event = Event::correction(self.number, number, (request, place));
            let id = format!("{}-c{number}", self.number);
            event.write(&id, Some(&format!("{request}-{place}")), &mut body);
        }
        for (request, place) in self.changed.iter().copied() {
            let mut event = Event::of(request, place);
            event.minutes += 1;
            event.write(&format!("{request}-{place}"), None, &mut body);
        }
        body
    }

    /// The range that holds the request's own events and nothing else.
    pub fn window(&self) -> (String, String) {
        let opens = opens(self.number);
        (
            dates::format(opens * 1_000),
            dates::format((opens + WINDOW) * 1_000),
        )
    }

    /// The number of its own events that are an organisation's.
    pub fn own_of(&self, organization: usize) -> u64 {
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

/// The kept events of one organisation, counted.
#[derive(Default)]
pub struct Kept {
    calls: u64,
    tenths: u64,
    /// The calls of each caller: when, and the event's number.
    callers: BTreeMap<u64, BTreeSet<(i64, u64)>>,
    voided: BTreeSet<(u64, u64)>,
}

impl Kept {
    /// Adds a request's fresh events of the organisation.
    pub fn add(&mut self, request: &Request, organization: usize) {
        for place in 0..request.own {
            let event = Event::of(request.number, place);
            if event.organization == organization {
                self.count(&event, request.number << 20 | place);
            }
        }
        for (number, wrong) in request.corrections(organization) {
            if self.voided.insert(wrong) {
                self.take_back(wrong);
            }
            let event = Event::correction(request.number, number, wrong);
            self.count(&event, request.number << 20 | 1 << 19 | number);
        }
    }

    fn count(&mut self, event: &Event, number: u64) {
        self.calls += 1;
        self.tenths += event.minutes;
        let calls = self.callers.entry(event.caller).or_default();
        calls.insert((event.time, number));
    }

    fn take_back(&mut self, (request, place): (u64, u64)) {
        let event = Event::of(request, place);
        self.calls -= 1;
        self.tenths -= event.minutes;
        let calls = self.callers.get_mut(&event.caller).unwrap();
        assert!(calls.remove(&(event.time, request << 20 | place)));
        if calls.is_empty() {
            self.callers.remove(&event.caller);
        }
    }

    /// The `usages` of the month's report.
    pub fn usages(&self) -> Value {
        if self.calls == 0 {
            return json!([]);
        }
        let mut firsts: Vec<(i64, String)> = self
            .callers
            .iter()
            .filter_map(|(caller, calls)| Some((calls.first()?.0, format!("caller-{caller}"))))
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
