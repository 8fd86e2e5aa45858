//! Charges: what is on the bill.

use std::fmt;

use super::{Item, Rating, RatingError, overage};
use crate::contract::{RampUsage, Tier};
use crate::exact::Exact;
use crate::money::{Currency, Money, MoneyError, Price};

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// What for.
    pub kind: ChargeKind,
    /// The part number of the product; a shortfall has none.
    pub product: Option<String>,
    /// Whether the product is a third party's.
    pub third_party: bool,
    /// What it is made of.
    pub steps: Vec<Step>,
    /// The sum of the steps, rounded once.
    pub amount: Money,
}

/// What a charge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeKind {
    /// The commitment of the period.
    Commitment,
    /// Commitments until the end of the contract year.
    Prepayment,
    /// Usage within the commitment, in the ramp.
    Ramp,
    /// Usage beyond.
    Overage,
    /// What is missing to the minimum.
    Minimum,
}

impl fmt::Display for ChargeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Commitment => "commitment",
            Self::Prepayment => "prepayment",
            Self::Ramp => "ramp",
            Self::Overage => "overage",
            Self::Minimum => "minimum",
        })
    }
}

/// A part of a charge: quantity × price + flat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Units, bundles or packages; below 0 for a credit.
    pub quantity: Exact,
    /// The price of one.
    pub price: Exact,
    /// Charged once.
    pub flat: Option<Price>,
}

impl Step {
    pub(super) fn new(quantity: Exact, price: Price) -> Self {
        Self {
            quantity,
            price: price.into(),
            flat: None,
        }
    }

    pub(super) fn of_tier(quantity: Exact, tier: &Tier) -> Self {
        Self {
            flat: tier.flat,
            ..Self::new(quantity, tier.price)
        }
    }

    /// What it comes to, exactly.
    #[must_use]
    pub fn value(&self) -> Exact {
        let flat = self.flat.map_or_else(Exact::zero, Exact::from);
        self.quantity.clone() * self.price.clone() + flat
    }
}

/// The one place where rating rounds.
pub(super) fn amount(steps: &[Step], currency: Currency) -> Result<Money, MoneyError> {
    let exact: Exact = steps.iter().map(Step::value).sum();
    exact.to_money(currency)
}

impl Rating<'_> {
    /// The charges of an item.
    pub(super) fn charges(&self, item: &Item) -> Result<Vec<Charge>, RatingError> {
        if !self.rates.subscription.charges() {
            return Ok(Vec::new());
        }
        let price = item.line.prepay_price.unwrap_or_default();
        let (kind, steps) = match self.ramp {
            Some(RampUsage::Free) if !item.product.third_party => return Ok(Vec::new()),
            Some(_) => {
                let within = item.included.clone().min(Exact::from(item.usage));
                let within = overage::bundles(item, within);
                (ChargeKind::Ramp, vec![Step::new(within, price)])
            }
            None if self.rates.subscription.is_annual() => {
                (ChargeKind::Prepayment, self.prepayment(item))
            }
            None => {
                let step = Step::new(item.prepaid.clone(), price);
                (ChargeKind::Commitment, vec![step])
            }
        };
        let charges = [
            self.charge(kind, item, steps)?,
            self.charge(ChargeKind::Overage, item, overage::steps(item))?,
        ];
        Ok(charges.into_iter().flatten().collect())
    }

    /// A charge, unless there is nothing to charge for.
    fn charge(
        &self,
        kind: ChargeKind,
        item: &Item,
        mut steps: Vec<Step>,
    ) -> Result<Option<Charge>, RatingError> {
        steps.retain(|step| !step.quantity.is_zero());
        if steps.is_empty() {
            return Ok(None);
        }
        Ok(Some(Charge {
            kind,
            product: Some(item.product.sku.clone()),
            third_party: item.product.third_party,
            amount: amount(&steps, self.contract.currency())?,
            steps,
        }))
    }
}
