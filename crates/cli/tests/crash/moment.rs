//! Moments at which the server dies.

use std::path::Path;

use exchequer_support::Random;

/// The fault points of the store: a short run passes the first of them.
pub(crate) const POINTS: [&str; 20] = [
    "fold.written",
    "commit.durable",
    "merge.durable",
    "reroll.written",
    "fold.durable",
    "checkpoint.half",
    "commit.begun",
    "commit.written",
    "commit.learnt",
    "commit.answered",
    "fold.begun",
    "fold.computed",
    "fold.learnt",
    "merge.begun",
    "merge.pieces",
    "merge.written",
    "merge.swept",
    "reroll.computed",
    "reroll.durable",
    "checkpoint.begun",
];

/// Requests after which a point counts as out of reach.
const OUT_OF_REACH: u64 = 1_500;

/// The moment at which the server dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// As soon as so many requests were acknowledged.
    Acknowledged(u64),
    /// As soon as so many requests are on their way.
    Begun(u64),
    /// As soon as it passes a fault point for the so-many-th time.
    Point(&'static str, u64),
}

impl Moment {
    /// The moment of a round: random ones and the points by turns.
    pub(crate) fn of(round: u64, large: bool, random: &mut Random) -> Self {
        if round % 2 == 1 {
            let requests = if large { 15 } else { 60 };
            return match random.below(2) {
                0 => Self::Acknowledged(1 + random.below(requests)),
                _ => Self::Begun(1 + random.below(requests)),
            };
        }
        let point = POINTS[(round / 2) as usize % POINTS.len()];
        let times = match point.split_once('.') {
            Some(("commit", _)) => 1 + random.below(20),
            Some(("fold" | "checkpoint", _)) => 1 + random.below(3),
            _ => 1,
        };
        Self::Point(point, times)
    }

    /// Tells the server where to die, if it is to do so itself.
    pub(crate) fn arm(self, faults: &Path) {
        if let Self::Point(point, times) = self {
            std::fs::write(faults, format!("{point} kill {times}\n")).unwrap();
        }
    }

    /// Returns true if it has come, after so many requests.
    pub(crate) fn is_now(self, begun: u64, acknowledged: u64) -> bool {
        match self {
            Self::Acknowledged(requests) => acknowledged >= requests,
            Self::Begun(requests) => begun >= requests,
            Self::Point(..) => begun >= OUT_OF_REACH,
        }
    }

    /// Returns true if the meters change under the load, so that a re-roll begins.
    pub(crate) fn changes_meters(self) -> bool {
        matches!(self, Self::Point(point, _) if point.starts_with("reroll."))
    }
}
