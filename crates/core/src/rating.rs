//! Rating: from the usage of a billing period to its charges.
//!
//! One pipeline, each step a function of the one before: totals of meters →
//! what is included and allowed → overage → steps of quantity and price →
//! charges. Everything is exact until a charge is rounded, once; the total is
//! the sum of rounded charges. Every result holds what it was made from, so a
//! charge can be worked out again from its steps.

mod allowance;
mod charge;
mod item;
mod minimum;
mod overage;
mod prepaid;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::contract::{Contract, Products, RampUsage, SubscriptionType, Terms};
use crate::money::{Money, MoneyError};
use crate::period::Period;
use crate::quantity::Quantity;

pub use allowance::{Allowance, LicenceAllowance};
pub use charge::{Charge, ChargeKind, Step};
pub use item::Item;
pub(crate) use prepaid::{YEAR, is_paid_ahead};

/// The total of each meter over a period; a meter that is absent counted nothing.
pub type Totals = BTreeMap<String, Quantity>;

/// A rated period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// How the period is paid.
    pub subscription: SubscriptionType,
    /// What usage costs, if the period is in the ramp.
    pub ramp: Option<RampUsage>,
    /// The least that is charged for the period, where a minimum applies.
    pub minimum: Option<Money>,
    /// One item a line of the contract, in its order.
    pub items: Vec<Item>,
    /// What is charged, in the order of items; a shortfall comes last.
    pub charges: Vec<Charge>,
    /// The sum of the charges.
    pub total: Money,
}

/// Why a period cannot be rated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RatingError {
    /// A line prices a product that is not there.
    #[error("there is no product {0}")]
    UnknownProduct(String),
    /// An amount is out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Rates a period of a contract. Prices and other rates are those of its
/// first day, quantities weigh by days.
///
/// # Errors
/// A product is missing, or an amount is beyond all bounds.
pub fn rate(
    contract: &Contract,
    period: &Period,
    products: &Products,
    totals: &Totals,
) -> Result<Bill, RatingError> {
    let rates = contract.terms_at(period.first);
    let items = item::items(contract, period, products, totals)?;
    let rating = Rating {
        contract,
        period,
        rates,
        ramp: rates.ramp_on(period.first).map(|ramp| ramp.usage),
    };
    let mut charges = Vec::new();
    for item in &items {
        charges.extend(rating.charges(item)?);
    }
    let minimum = rating.minimum()?;
    if let Some(minimum) = minimum {
        charges.extend(rating.shortfall(minimum, &items, &charges)?);
    }
    let nothing = Money::zero(contract.currency());
    let total = charges
        .iter()
        .try_fold(nothing, |sum, charge| sum.checked_add(charge.amount))?;
    Ok(Bill {
        subscription: rates.subscription,
        ramp: rating.ramp,
        minimum,
        items,
        charges,
        total,
    })
}

/// What the steps of one rating share.
struct Rating<'a> {
    contract: &'a Contract,
    period: &'a Period,
    /// The terms of the period's first day.
    rates: &'a Terms,
    /// What usage costs, if the period is in the ramp.
    ramp: Option<RampUsage>,
}
