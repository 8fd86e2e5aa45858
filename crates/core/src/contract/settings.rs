//! Settings of a contract as a whole. Amendments do not change them.

use std::fmt;
use std::str::FromStr;

use super::UnknownName;

/// What holds for a whole contract, from its first day to its last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// What overage of a level costs in a period that the end cuts short.
    pub short_period_overage: ShortPeriodOverage,
    /// What happens when the contract has ended.
    pub after_end: AfterEnd,
    /// The meaning of a lower commitment for units that are paid for already.
    pub decrease: Decrease,
    /// The day from which contract years count.
    pub year_start: YearStart,
}

/// The meaning of a lower commitment if the units are paid for until the end of the contract
/// year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decrease {
    /// It is refused. What is bought stays until the end of the year, also if the contract
    /// ends before.
    Refused,
    /// The units stay until the end of the year. Fewer are bought for the next one.
    #[default]
    NextYear,
    /// The unused rest is credited at the price that was paid, last added first.
    GivenBack,
}

impl Decrease {
    const ALL: [(Self, &str); 3] = [
        (Self::Refused, "refused"),
        (Self::NextYear, "next_year"),
        (Self::GivenBack, "given_back"),
    ];
}

impl fmt::Display for Decrease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(known, _)| known == self);
        f.pad(named.expect("every setting has a name").1)
    }
}

impl FromStr for Decrease {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|(_, name)| *name == text);
        let named = named.map(|(known, _)| *known);
        named.ok_or(UnknownName("refused, next_year, given_back"))
    }
}

/// The day from which contract years count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum YearStart {
    /// The first day of the contract.
    #[default]
    Contract,
    /// The first day after the ramp. Years before it count from that of the contract.
    RampEnd,
}

impl fmt::Display for YearStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Contract => "contract",
            Self::RampEnd => "ramp_end",
        })
    }
}

impl FromStr for YearStart {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "contract" => Ok(Self::Contract),
            "ramp_end" => Ok(Self::RampEnd),
            _ => Err(UnknownName("contract, ramp_end")),
        }
    }
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
