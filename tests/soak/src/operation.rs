//! The kinds of operations of a soak, and how often each is due.

use crate::calendar::BATCH;

/// An operation of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// Events of today.
    Ingest,
    /// A request of the last minute once more.
    Repeat,
    /// A request from any time since the beginning once more.
    OldRepeat,
    /// Thirty days of the largest organisation.
    LargeReport,
    /// Thirty days of another one.
    SmallReport,
    /// The largest organisation's last whole month, as its partner sees it.
    LargeOverview,
    /// Another one's.
    SmallOverview,
    /// Products and organisations are read.
    CatalogRead,
    /// A product gets another name.
    CatalogWrite,
    /// A token is issued, used and revoked.
    Token,
    /// A meter gets another rule, so that ten days are rolled up again.
    Meter,
}

impl Operation {
    pub(crate) const ALL: [Self; 11] = [
        Self::Ingest,
        Self::Repeat,
        Self::OldRepeat,
        Self::LargeReport,
        Self::SmallReport,
        Self::LargeOverview,
        Self::SmallOverview,
        Self::CatalogRead,
        Self::CatalogWrite,
        Self::Token,
        Self::Meter,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Repeat => "repeat",
            Self::OldRepeat => "old repeat",
            Self::LargeReport => "large report",
            Self::SmallReport => "small report",
            Self::LargeOverview => "large overview",
            Self::SmallOverview => "small overview",
            Self::CatalogRead => "catalog read",
            Self::CatalogWrite => "catalog write",
            Self::Token => "token",
            Self::Meter => "meter",
        }
    }

    /// Returns how often a second it is due, with so many events a second.
    pub(crate) fn frequency(self, rate: u64) -> f64 {
        match self {
            Self::Ingest => rate as f64 / BATCH as f64,
            Self::Repeat | Self::OldRepeat => rate as f64 / BATCH as f64 / 20.0,
            Self::LargeReport | Self::LargeOverview | Self::CatalogWrite | Self::Token => 2.0,
            Self::SmallReport | Self::SmallOverview => 4.0,
            Self::CatalogRead => 5.0,
            Self::Meter => 1.0 / 30.0,
        }
    }

    /// Requests that may be under way at once.
    pub(crate) fn workers(self) -> usize {
        match self {
            Self::Ingest => 4,
            Self::Meter => 1,
            _ => 2,
        }
    }
}
