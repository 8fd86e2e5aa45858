//! The terms of a contract on one day.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Line, LineChange, Wallet, WalletChange};
use crate::quantity::Quantity;

/// The terms of a contract on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The subscription type, which says how the contract is paid.
    pub subscription: SubscriptionType,
    /// The ramp, if there is one.
    pub ramp: Option<Ramp>,
    /// The smallest amount that is charged for a period, in major units.
    pub minimum: Option<Quantity>,
    /// The lines, in the order of the contract.
    pub lines: Vec<Line>,
    /// The wallets, in the order of the contract.
    pub wallets: Vec<Wallet>,
}

impl Terms {
    /// Returns the line of a product.
    #[must_use]
    pub fn line(&self, product: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.product == product)
    }

    /// Returns the wallet of a product.
    #[must_use]
    pub fn wallet(&self, product: &str) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.product == product)
    }

    /// Returns the ramp, if it holds on a day.
    #[must_use]
    pub fn ramp_on(&self, day: Date) -> Option<&Ramp> {
        let holds = |ramp: &&Ramp| ramp.start <= day && day <= ramp.end;
        self.ramp.as_ref().filter(holds)
    }
}

/// The type of a subscription, which says how a contract is paid. The names are those
/// of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionType {
    /// Internal: usage is shown, nothing is ever charged.
    Inin,
    /// No commitment; usage in arrears.
    MonthToMonth,
    /// No commitment; usage is shown and free.
    FreeTrialMonthToMonth,
    /// Commitment and overage with each period.
    PrepayMonthlyCommitment,
    /// Commitment up front for a year, overage with each period.
    Prepay,
    /// A developer organisation: prices are read as 0.
    DevOrgMonthToMonth,
    /// A developer organisation: prices are read as 0.
    DevOrgPrepayMonthlyCommitment,
    /// A developer organisation: prices are read as 0.
    DevOrgPrepay,
}

/// The error of a text that is none of the allowed names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct UnknownName(pub &'static str);

impl SubscriptionType {
    const ALL: [(Self, &str); 8] = [
        (Self::Inin, "ININ"),
        (Self::MonthToMonth, "MONTH_TO_MONTH"),
        (Self::FreeTrialMonthToMonth, "FREE_TRIAL_MONTH_TO_MONTH"),
        (Self::PrepayMonthlyCommitment, "PREPAY_MONTHLY_COMMITMENT"),
        (Self::Prepay, "PREPAY"),
        (Self::DevOrgMonthToMonth, "DEV_ORG_MONTH_TO_MONTH"),
        (
            Self::DevOrgPrepayMonthlyCommitment,
            "DEV_ORG_PREPAY_MONTHLY_COMMITMENT",
        ),
        (Self::DevOrgPrepay, "DEV_ORG_PREPAY"),
    ];

    /// Returns the name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let named = Self::ALL.iter().find(|(known, _)| *known == self);
        named.expect("every type has a name").1
    }

    /// Returns the type of a contract that goes on after its end.
    #[must_use]
    pub const fn after_end(self) -> Self {
        match self {
            Self::Inin => Self::Inin,
            Self::MonthToMonth
            | Self::FreeTrialMonthToMonth
            | Self::PrepayMonthlyCommitment
            | Self::Prepay => Self::MonthToMonth,
            Self::DevOrgMonthToMonth | Self::DevOrgPrepayMonthlyCommitment | Self::DevOrgPrepay => {
                Self::DevOrgMonthToMonth
            }
        }
    }

    /// Returns true if quantities can be committed.
    #[must_use]
    pub const fn commits(self) -> bool {
        matches!(
            self,
            Self::Inin
                | Self::PrepayMonthlyCommitment
                | Self::Prepay
                | Self::DevOrgPrepayMonthlyCommitment
                | Self::DevOrgPrepay
        )
    }

    /// Returns true if commitments are paid for a year in advance.
    #[must_use]
    pub const fn is_annual(self) -> bool {
        matches!(self, Self::Prepay | Self::DevOrgPrepay)
    }

    /// Returns true if anything is charged at all.
    #[must_use]
    pub const fn charges(self) -> bool {
        !matches!(self, Self::Inin | Self::FreeTrialMonthToMonth)
    }

    /// Returns true if every price is read as 0.
    #[must_use]
    pub const fn is_developer(self) -> bool {
        matches!(
            self,
            Self::DevOrgMonthToMonth | Self::DevOrgPrepayMonthlyCommitment | Self::DevOrgPrepay
        )
    }
}

impl fmt::Display for SubscriptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SubscriptionType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|(_, name)| *name == text);
        named.map(|(known, _)| *known).ok_or(UnknownName(
            "ININ, MONTH_TO_MONTH, FREE_TRIAL_MONTH_TO_MONTH, PREPAY_MONTHLY_COMMITMENT, PREPAY, \
             DEV_ORG_MONTH_TO_MONTH, DEV_ORG_PREPAY_MONTHLY_COMMITMENT, DEV_ORG_PREPAY",
        ))
    }
}

/// The first periods of a contract, in which neither commitment nor minimum
/// is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// The first day, which begins a period.
    pub start: Date,
    /// The last day, which ends a period.
    pub end: Date,
    /// The price of usage during the ramp.
    pub usage: RampUsage,
}

/// The price of usage in the ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RampUsage {
    /// Nothing, but for products that are charged in the ramp.
    #[default]
    Free,
    /// The prepay price of the line, or that of overage if it has none.
    Billed,
}

impl FromStr for RampUsage {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "free" => Ok(Self::Free),
            "billed" => Ok(Self::Billed),
            _ => Err(UnknownName("free, billed")),
        }
    }
}

/// The change of a ramp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RampChange {
    /// See [`Ramp::start`].
    pub start: Option<Date>,
    /// See [`Ramp::end`].
    pub end: Option<Date>,
    /// See [`Ramp::usage`].
    pub usage: Option<RampUsage>,
}

/// The first terms of a contract, or an amendment. An absent field stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first day of the change.
    pub effective: Date,
    /// See [`Terms::subscription`].
    pub subscription: Option<SubscriptionType>,
    /// See [`Terms::ramp`].
    pub ramp: RampChange,
    /// See [`Terms::minimum`].
    pub minimum: Option<Quantity>,
    /// New lines, and changes to lines.
    pub lines: Vec<LineChange>,
    /// New wallets, and changes to wallets.
    pub wallets: Vec<WalletChange>,
}
