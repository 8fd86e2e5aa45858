//! Rating: from the usage of a billing period to its charges.
//!
//! A period begins with the [`State`] that the one before it has left, and leaves one to the
//! next: a contract year is a fold over its periods.
//!
//! Rating is a pipeline of functions: totals of meters → included and allowed
//! units → overage → steps of quantity and price → charges. Every number is exact
//! until a charge is rounded, once. The total is the sum of rounded charges. Every
//! result holds what it was computed from, so a charge can be recomputed from its
//! steps.

mod advance;
mod allowance;
mod charge;
mod committed;
mod conversion;
mod minimum;
mod overage;
mod part;
mod prepaid;
mod rated_line;
mod state;
mod wallet;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::contract::{Contract, Product, Products, RampUsage, SubscriptionType, Terms};
use crate::metered_range::MeteredRange;
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::quantity::Quantity;

pub use advance::{Difference, advance, beyond, differences};
pub use allowance::{Allowance, LicenceAllowance};
pub use charge::{Charge, ChargeKind, Step};
pub use conversion::Converted;
pub use part::Part;
pub use rated_line::RatedLine;
pub use state::{Purchase, State};
pub use wallet::{Pot, RatedWallet};

/// The total of each meter over a period. A meter that is absent counted nothing.
pub type Totals = BTreeMap<String, Quantity>;

/// What was used in a billing period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The totals of the period.
    pub totals: Totals,
    /// The totals from the start of the period to days on which prices change.
    pub until: BTreeMap<Date, Totals>,
    /// The meters whose total is a level ([`MeterSet::levels`](crate::MeterSet::levels)).
    pub levels: BTreeSet<String>,
}

impl Usage {
    /// Returns true if the usage of a product is a level.
    fn is_level(&self, product: &Product) -> bool {
        let meter = product.meter.as_ref();
        meter.is_some_and(|meter| self.levels.contains(meter))
    }

    /// Returns the units used of a product: the total of its meter.
    fn total(&self, product: &Product) -> Quantity {
        total(&self.totals, product)
    }

    /// Returns the units used of a product before a day on which prices change. A level is that
    /// of the whole period.
    fn before(&self, day: Date, product: &Product) -> Result<Quantity, RatingError> {
        if self.is_level(product) {
            return Ok(self.total(product));
        }
        let until = self.until.get(&day).ok_or(RatingError::NoTotals(day))?;
        Ok(total(until, product))
    }
}

/// Returns the total of a product's meter. A meter that is absent has not counted anything.
fn total(totals: &Totals, product: &Product) -> Quantity {
    let meter = product.meter.as_ref();
    let total = meter.and_then(|meter| totals.get(meter));
    total.copied().unwrap_or(Quantity::ZERO)
}

impl From<Totals> for Usage {
    /// Returns the usage of a period without changes of prices and without levels.
    fn from(totals: Totals) -> Self {
        Self {
            totals,
            ..Self::default()
        }
    }
}

/// The ranges whose totals are the [`Usage`] of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRanges {
    /// The period.
    pub period: MeteredRange,
    /// The range from the start of the period to each day on which prices change. It is
    /// counted as the period is, by the meters of its last day.
    pub until: BTreeMap<Date, MeteredRange>,
    /// The time after the end of the contract in which no contract is in force, if the
    /// period is its last one.
    pub after: Option<MeteredRange>,
}

/// A rated period: its bill, and the state with which the next one opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// The bill.
    pub bill: Bill,
    /// The state with which the period closes.
    pub closing: State,
}

/// The bill of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// The subscription type, which says how the period is paid.
    pub subscription: SubscriptionType,
    /// The price of usage, if the period is in the ramp.
    pub ramp: Option<RampUsage>,
    /// The smallest amount that is charged for the period, if a minimum applies.
    pub minimum: Option<Money>,
    /// The lines of the contract with their usage, in the order of the contract.
    pub lines: Vec<RatedLine>,
    /// The wallets of the contract, in its order.
    pub wallets: Vec<RatedWallet>,
    /// The charges, in the order of the lines; then those of wallets, and a shortfall.
    pub charges: Vec<Charge>,
    /// The sum of the charges.
    pub total: Money,
}

/// The error of a period that cannot be rated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RatingError {
    /// A line prices a product that is not there.
    #[error("there is no product {0}")]
    UnknownProduct(String),
    /// The state with which a period opens holds something that the contract does not have.
    #[error("something is held of {0}, of which the contract has no line or no wallet")]
    NotInContract(String),
    /// Prices change on a day, and the usage until then is not known.
    #[error("there are no totals until {0}, on which prices change")]
    NoTotals(Date),
    /// An amount is out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Rates a period of a contract that opens with a state: that with which the period before
/// it closed. Subscription type, ramp and fair use are those of the
/// period's first day. Prices may change within it, and commitments weigh by days.
///
/// # Errors
/// A product is missing, or an amount is beyond all bounds.
pub fn rate(
    opening: &State,
    contract: &Contract,
    period: &Period,
    products: &Products,
    usage: &Usage,
) -> Result<Rated, RatingError> {
    let rating = Rating::of(contract, period);
    let mut lines = rated_line::rate_lines(opening, contract, period, products, usage)?;
    let wallets = wallet::rate_wallets(opening, contract, period, products, &mut lines)?;
    for line in &mut lines {
        line.overage = line.charged(line.usage.clone());
    }
    let mut charges = Vec::new();
    for line in &lines {
        charges.extend(rating.charges(line)?);
    }
    for wallet in &wallets {
        charges.extend(rating.wallet(wallet)?);
    }
    let minimum = rating.minimum()?;
    if let Some(minimum) = minimum {
        charges.extend(rating.shortfall(minimum, &lines, &wallets, &charges)?);
    }
    for charge in &charges {
        let recomputed = charge::amount(&charge.steps, contract.currency())?;
        assert_eq!(
            charge.amount, recomputed,
            "a charge is the sum of its steps, rounded once"
        );
    }
    // The total adds amounts that are rounded already: it is what the reader of a
    // bill gets when they add up its lines.
    let nothing = Money::zero(contract.currency());
    let total = charges
        .iter()
        .try_fold(nothing, |sum, charge| sum.checked_add(charge.amount))?;
    let held = lines.iter().filter_map(|line| {
        let paid_ahead = line.paid_ahead.as_ref()?;
        Some((line.line.product.as_str(), paid_ahead.closing(period)))
    });
    let closing = State::closing(period, held, wallet::closing(&wallets));
    let bill = Bill {
        subscription: rating.rates.subscription,
        ramp: rating.ramp,
        minimum,
        lines,
        wallets,
        charges,
        total,
    };
    Ok(Rated { bill, closing })
}

/// The arguments that the steps of one rating share.
struct Rating<'a> {
    contract: &'a Contract,
    period: &'a Period,
    /// The terms of the period's first day.
    rates: &'a Terms,
    /// The price of usage, if the period is in the ramp.
    ramp: Option<RampUsage>,
}

impl<'a> Rating<'a> {
    fn of(contract: &'a Contract, period: &'a Period) -> Self {
        let rates = contract.terms_at(period.first);
        Self {
            contract,
            period,
            rates,
            ramp: rates.ramp_on(period.first).map(|ramp| ramp.usage),
        }
    }
}
