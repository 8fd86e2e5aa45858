//! Settings of a contract as a whole. Amendments do not change them.

use std::str::FromStr;

use super::UnknownName;

/// What holds for a whole contract, from its first day to its last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// What overage of a level costs in a period that the end cuts short.
    pub short_period_overage: ShortPeriodOverage,
    /// What happens when the contract has ended.
    pub after_end: AfterEnd,
}

/// What happens when a contract has ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AfterEnd {
    /// Nothing is billed any more.
    #[default]
    Stop,
    /// It goes on from month to month at its overage prices, without commitment, until
    /// another contract of the organisation begins.
    MonthToMonth,
}

impl FromStr for AfterEnd {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "stop" => Ok(Self::Stop),
            "month_to_month" => Ok(Self::MonthToMonth),
            _ => Err(UnknownName("stop, month_to_month")),
        }
    }
}

/// What overage of a level costs in a period that the end of the contract cuts short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShortPeriodOverage {
    /// As much as in a whole period.
    #[default]
    Full,
    /// The share of its days in a whole period.
    ByDays,
}

impl FromStr for ShortPeriodOverage {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "full" => Ok(Self::Full),
            "by_days" => Ok(Self::ByDays),
            _ => Err(UnknownName("full, by_days")),
        }
    }
}
