//! Settings of a contract as a whole. Amendments do not change them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::UnknownName;
use crate::quantity::Quantity;

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
    /// When periods are closed, and for how long they are adjusted.
    pub closing: ClosingTerms,
}

/// When the periods of a contract are closed, and for how long what arrives late adjusts
/// them. No figure of an open period depends on it, so it may change at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosingTerms {
    /// The hours from the end of a period to its close. None leaves it to the ledger.
    pub close_after: Option<u32>,
    /// The months from the end of a period within which usage that arrives adjusts it.
    pub adjust_within: u32,
    /// The smallest sum of adjustments that is put on a document, in major units.
    pub adjust_minimum: Quantity,
    /// A day: periods that end on it or before are billed elsewhere. None leaves it to the
    /// ledger.
    pub billing_from: Option<Date>,
}

impl Default for ClosingTerms {
    fn default() -> Self {
        Self {
            close_after: None,
            adjust_within: 13,
            adjust_minimum: Quantity::ZERO,
            billing_from: None,
        }
    }
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
