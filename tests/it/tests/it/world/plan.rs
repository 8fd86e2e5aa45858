//! Random worlds as plain data, so that a failing one shrinks to few steps.

use exchequer_core::{Aggregation, Day};
use exchequer_support::random_world::Words;
use exchequer_support::random_world::plan::{EventPlan, MeterPlan, Number, RangePlan};
use exchequer_support::world::{ACME, GLOBEX, PLATFORM};
use proptest::sample::Index;

/// A world: what it starts with and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The day that offsets count from.
    pub(crate) base: Day,
    pub(crate) meters: Vec<MeterPlan>,
    pub(crate) steps: Vec<Step>,
}

/// A step of a world.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Send(RequestPlan),
    /// Two requests at the same time over two connections, a report in the
    /// midst of them, and perhaps a fold.
    Together {
        requests: Box<[RequestPlan; 2]>,
        report: (u8, RangePlan),
        fold: bool,
    },
    /// An earlier request once more.
    SendAgain(Index),
    Fold,
    /// The server ends in peace and starts again.
    Restart,
    Meter(MeterPlan),
    Report(u8, RangePlan),
}

#[derive(Debug, Clone)]
pub(crate) struct RequestPlan {
    /// Sent by a customer's client, who may speak for that customer only.
    pub(crate) by_customer: bool,
    pub(crate) ndjson: bool,
    pub(crate) events: Vec<SentPlan>,
}

/// An event, and the style in which it is written.
#[derive(Debug, Clone)]
pub(crate) struct SentPlan {
    pub(crate) event: EventPlan<DataPlan>,
    pub(crate) style: u8,
}

/// `data`, if there is any: a value, perhaps, for each of [`FIELDS`].
pub(crate) type DataPlan = Option<[Option<ValuePlan>; FIELDS.len()]>;

#[derive(Debug, Clone, Copy)]
pub(crate) enum ValuePlan {
    /// A decimal string.
    Text(Number),
    /// A JSON number.
    Number(Number),
    Unreadable(&'static str),
}

pub(crate) const FIELDS: [&str; 2] = ["minutes", "seconds"];
/// `logins` is there from the start, as every test's.
pub(crate) const METERS: [(&str, Aggregation); 10] = [
    ("logins", Aggregation::Unique),
    ("tier-1", Aggregation::Unique),
    ("tier-2", Aggregation::Unique),
    ("minutes", Aggregation::Sum),
    ("Tokens", Aggregation::Sum),
    ("calls", Aggregation::Count),
    ("longest", Aggregation::Max),
    ("hours", Aggregation::Hours),
    ("busy", Aggregation::Peak),
    ("peak", Aggregation::Peak),
];
pub(crate) const KINDS: [&str; 4] = ["session", "user.login", "call", "typo"];
const SUBJECTS: [&str; 8] = ["a", "b", "B", "user-10", "user-9", "ä", "\"q\\", " A\u{a0}"];
pub(crate) const ORGANIZATIONS: [&str; 3] = [ACME, GLOBEX, PLATFORM];

/// The words of these worlds.
pub(crate) fn words() -> Words {
    Words {
        organizations: ORGANIZATIONS.map(|id| id.parse().unwrap()),
        sources: &["/pbx", "urn:pbx:é"],
        kinds: &KINDS,
        subjects: &SUBJECTS,
    }
}
