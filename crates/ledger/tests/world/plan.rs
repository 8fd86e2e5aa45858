//! A world as plain data: what it starts with and what happens in it.

use exchequer_core::{Aggregation, Day, OrganizationId};
use exchequer_support::random_world::Words;
use exchequer_support::random_world::plan::{EventPlan, MeterPlan, RangePlan};

use crate::as_of::PointPlan;
use crate::quantities::DataPlan;

/// A world: what it starts with and what happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) key: [u8; 16],
    /// The day that offsets count from.
    pub(crate) base: Day,
    /// Memory for directories: with none, they are read again every time.
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
    Commit(Vec<Vec<EventPlan<DataPlan>>>, Outcome),
    /// Requests of one event each are committed and folded one by one: the
    /// parts of their days grow in number and are merged.
    Trickle(Vec<EventPlan<DataPlan>>),
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
    /// Some stale days are rolled up again.
    Reroll(u8),
    /// A meter is created or changed.
    Meter(MeterPlan),
    /// An organisation gets a list of aliases from a day on.
    Aliases(AliasPlan),
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
    /// A read as of a point that there was, of the rows of this moment or of the snapshot.
    AsOf {
        organization: u8,
        range: RangePlan,
        point: PointPlan,
        late: bool,
    },
    /// The series of every meter, in buckets of one of the lengths.
    Series {
        organization: u8,
        range: RangePlan,
        length: usize,
    },
    /// A listing through events begins with its first page.
    Listing(ListingPlan),
    /// Every listing takes its next page.
    Turn(PagePlan),
}

/// A list of aliases.
#[derive(Debug, Clone)]
pub(crate) struct AliasPlan {
    pub(crate) organization: u8,
    /// Days after the base; always, if not said.
    pub(crate) begins: Option<i32>,
    /// Which of [`SUBJECTS`] are aliases of which.
    pub(crate) pairs: Vec<(u8, u8)>,
}

/// What a listing looks for, and its first page.
#[derive(Debug, Clone)]
pub(crate) struct ListingPlan {
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
pub(crate) const SUBJECTS: [&str; 12] = [
    "a",
    "b",
    "B",
    "user-10",
    "user-9",
    "ä",
    "z",
    "agent",
    "",
    " A\u{3000}",
    "Ä",
    "USER-9 ",
];

/// The words of these worlds.
pub(crate) fn words() -> Words {
    Words {
        organizations: [1, 2, 3].map(|number| OrganizationId::from_bytes([number; 16])),
        sources: &["pbx", "pbx-2", "/billing/é"],
        kinds: &KINDS,
        subjects: &SUBJECTS,
    }
}
