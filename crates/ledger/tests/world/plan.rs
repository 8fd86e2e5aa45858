//! A world as plain data: what it starts with and what happens in it.

use exchequer_core::{Aggregation, Day};
use proptest::sample::Index;

use crate::quantities::DataPlan;

/// A world: what it starts with and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) key: [u8; 16],
    /// The day that offsets count from.
    pub(crate) base: Day,
    /// Memory for directories: with none, they are read anew every time.
    pub(crate) directories: usize,
    pub(crate) meters: Vec<MeterPlan>,
    /// Ranges that are looked at after every step.
    pub(crate) watched: Vec<(u8, RangePlan)>,
    pub(crate) steps: Vec<Step>,
}

/// What happens.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Requests are committed as a group.
    Commit(Vec<Vec<EventPlan>>, Outcome),
    /// Requests of one event each are committed and folded one by one: the
    /// parts of their days grow in number and are merged.
    Trickle(Vec<EventPlan>),
    /// The process dies and starts again.
    Crash,
    /// A fold takes the tail.
    BeginFold,
    /// A fold under way is computed.
    ComputeFold,
    /// A computed fold is stored; the process may die right then.
    StoreFold(FoldEnd),
    /// A fold under way is given up.
    AbandonFold,
    /// A whole fold at once.
    Fold,
    /// Identity runs are merged; the process may die in between.
    Merge { crash: Option<MergeCrash> },
    /// Some stale days are rolled up anew.
    Reroll(u8),
    /// A meter is created or changed.
    Meter(MeterPlan),
    /// A reader opens a snapshot and looks at it later.
    OpenSnapshot,
    /// Another process on the same rows acts from now on.
    Switch,
    /// A report from the rows of this moment, or from the snapshot.
    Report {
        organization: u8,
        range: RangePlan,
        late: bool,
    },
    /// The series of every meter, in buckets of one of the lengths.
    Series {
        organization: u8,
        range: RangePlan,
        length: usize,
    },
    /// A walk through events begins with its first page.
    Walk(WalkPlan),
    /// Every walk takes its next page.
    Turn(PagePlan),
}

/// What a walk looks for, and its first page.
#[derive(Debug, Clone)]
pub(crate) struct WalkPlan {
    pub(crate) organization: u8,
    pub(crate) range: RangePlan,
    /// Which of [`METERS`].
    pub(crate) meter: Option<usize>,
    pub(crate) subject: Option<u8>,
    /// Whether it shows what is voided.
    pub(crate) voided: bool,
    /// Whether it begins from the snapshot.
    pub(crate) late: bool,
    pub(crate) page: PagePlan,
}

/// The size of a page, and how much of what is stored it may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PagePlan {
    pub(crate) limit: usize,
    pub(crate) budget: Option<usize>,
}

/// How a commit ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome {
    Durable,
    /// Nothing was written.
    Failed,
    /// Everything was written, but the writer was told that it failed.
    DurableUnknown,
}

/// How the storing of a fold ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FoldEnd {
    Stored,
    /// It was stored, but the folder was told that it failed.
    StoredUnknown,
    /// It was stored, and the process died.
    Crash,
}

/// Where a merge of runs is cut off.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MergeCrash {
    Begun,
    Written,
    Replaced,
}

/// An event, perhaps made from an earlier one.
#[derive(Debug, Clone)]
pub(crate) enum EventPlan {
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
    /// What it voids, if anything.
    Voids,
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

/// An instant: days from the base, and where in the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) day: i32,
    pub(crate) micros: i64,
}

/// A version of a meter.
#[derive(Debug, Clone)]
pub(crate) struct MeterPlan {
    /// Which of [`METERS`].
    pub(crate) meter: usize,
    /// Days from the base; long before it if `None`.
    pub(crate) begins: Option<i32>,
    pub(crate) kind: u8,
    pub(crate) field: u8,
    pub(crate) step: Option<i128>,
    pub(crate) peak_minutes: u32,
    pub(crate) family: Option<(u8, u32)>,
}

#[derive(Debug, Clone)]
pub(crate) enum RangePlan {
    /// Whole days.
    Days(i32, i32),
    Between(At, At),
    Empty(At),
    /// The month that so many days from the base lie in.
    Month(i32),
    /// From an event, a microsecond off or not, to the end of its session.
    Around(Index, i64, i64),
    Long,
}

pub(crate) const METERS: [(&str, Aggregation); 14] = [
    ("z-tier", Aggregation::Unique),
    ("tier-1", Aggregation::Unique),
    ("tier-2", Aggregation::Unique),
    ("Devices", Aggregation::Unique),
    ("minutes", Aggregation::Sum),
    ("tokens", Aggregation::Sum),
    ("calls", Aggregation::Count),
    ("a-count", Aggregation::Count),
    ("longest", Aggregation::Max),
    ("agent-hours", Aggregation::Hours),
    ("hours", Aggregation::Hours),
    ("busy", Aggregation::Peak),
    ("peak", Aggregation::Peak),
    ("zz-peak", Aggregation::Peak),
];
pub(crate) const KINDS: [&str; 5] = ["session", "call", "login", "chat", "typo"];
pub(crate) const SOURCES: [&str; 3] = ["pbx", "pbx-2", "/billing/é"];
pub(crate) const SUBJECTS: [&str; 12] = [
    "a", "b", "B", "user-10", "user-9", "ä", "z", "agent", "", "q7", "q8", "user-1",
];
