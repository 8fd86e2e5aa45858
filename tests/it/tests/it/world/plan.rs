//! Random worlds as plain data, so that a failing one shrinks to few steps.

use exchequer_core::{Aggregation, Day};
use proptest::sample::Index;

/// A world: what it starts with and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The day that offsets count from.
    pub(crate) base: Day,
    pub(crate) meters: Vec<MeterPlan>,
    pub(crate) steps: Vec<Step>,
}

/// What happens.
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
    pub(crate) events: Vec<EventPlan>,
}

/// An event, perhaps made from an earlier one, and how it is written.
#[derive(Debug, Clone)]
pub(crate) struct EventPlan {
    pub(crate) content: Content,
    pub(crate) style: u8,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    New(NewPlan),
    Repeat(Index),
    Twist(Index, Twist),
    /// A correction of an earlier event.
    Void(Index, NewPlan),
    /// A correction of an event that has not come yet.
    VoidLater(NewPlan),
    /// An event that was corrected before it came.
    Later(Index),
}

#[derive(Debug, Clone)]
pub(crate) struct NewPlan {
    pub(crate) organization: u8,
    pub(crate) source: u8,
    pub(crate) kind: u8,
    pub(crate) subject: u8,
    pub(crate) at: At,
    pub(crate) data: DataPlan,
}

/// What differs from the earlier event.
#[derive(Debug, Clone)]
pub(crate) enum Twist {
    Data(DataPlan),
    Subject(u8),
    Kind(u8),
    /// Days and microseconds.
    Time(i32, i64),
    /// Another identity with all else equal.
    Organization(u8),
    Source(u8),
}

/// An instant: days from the base, and where in the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) day: i32,
    pub(crate) micros: i64,
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

#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    /// Steps of 10^-9.
    Nanos(i128),
    /// As many seconds as are left to the midnight so many days on, and
    /// microseconds beyond.
    ToMidnight(i64, i64),
}

/// A meter, or a new version of it.
#[derive(Debug, Clone)]
pub(crate) struct MeterPlan {
    /// Which of [`METERS`].
    pub(crate) meter: usize,
    /// Days from the base.
    pub(crate) effective: Option<i32>,
    pub(crate) kind: u8,
    pub(crate) field: u8,
    /// Steps of 10^-9.
    pub(crate) round_up_each: Option<i128>,
    pub(crate) peak_minutes: u32,
    pub(crate) rank: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) enum RangePlan {
    /// Whole days.
    Days(i32, i32),
    Between(At, At),
    Empty(At),
    /// From an event, a microsecond off or not, to the end of its session.
    Around(Index, i64, i64),
    Long,
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
pub(crate) const SOURCES: [&str; 2] = ["/pbx", "urn:pbx:é"];
pub(crate) const SUBJECTS: [&str; 8] = ["a", "b", "B", "user-10", "user-9", "ä", "\"q\\", "z"];
