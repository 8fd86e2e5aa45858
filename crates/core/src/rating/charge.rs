//! Charges: the lines of a bill.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{Part, RatedLine, Rating, RatingError, overage};
use crate::contract::{Product, RampUsage, Tier, UnknownName};
use crate::exact::Exact;
use crate::money::{Currency, Money, MoneyError, Price};

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The reason for the charge.
    pub kind: ChargeKind,
    /// The part number of the product. A shortfall has none.
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// The steps that the amount is computed from.
    pub steps: Vec<Step>,
    /// The sum of the steps, rounded once.
    pub amount: Money,
}

/// The reason for a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeKind {
    /// The commitment of the period.
    Commitment,
    /// The commitments until the end of the contract year.
    Prepayment,
    /// Usage in the ramp, at the prepay price.
    Ramp,
    /// Usage beyond the commitment.
    Overage,
    /// Units of a wallet that are bought or given back.
    Wallet,
    /// The amount that is missing to the minimum.
    Minimum,
}

impl ChargeKind {
    const ALL: [(Self, &str); 6] = [
        (Self::Commitment, "commitment"),
        (Self::Prepayment, "prepayment"),
        (Self::Ramp, "ramp"),
        (Self::Overage, "overage"),
        (Self::Wallet, "wallet"),
        (Self::Minimum, "minimum"),
    ];
}

impl fmt::Display for ChargeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(known, _)| known == self);
        f.pad(named.expect("every kind has a name").1)
    }
}

impl FromStr for ChargeKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|(_, name)| *name == text);
        named.map(|(known, _)| *known).ok_or(UnknownName(
            "commitment, prepayment, ramp, overage, wallet, minimum",
        ))
    }
}

/// A part of a charge: quantity × price + flat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The units, bundles or packages. Below 0 for a credit.
    pub quantity: Exact,
    /// The price of one unit, bundle or package.
    pub price: Exact,
    /// An amount that is charged once.
    pub flat: Option<Exact>,
    /// The first day of the purchase that the step gives back, or a part of it.
    pub undoes: Option<Date>,
}

impl Step {
    pub(super) fn new(quantity: Exact, price: Price) -> Self {
        Self {
            quantity,
            price: price.into(),
            flat: None,
            undoes: None,
        }
    }

    pub(super) fn of_tier(quantity: Exact, tier: &Tier) -> Self {
        Self {
            flat: tier.flat.map(Exact::from),
            ..Self::new(quantity, tier.price)
        }
    }

    /// Returns the share of the step that a weight from 0 to 1 gives.
    pub(super) fn weighed(self, weight: &Exact) -> Self {
        Self {
            quantity: self.quantity * weight.clone(),
            flat: self.flat.map(|flat| flat * weight.clone()),
            ..self
        }
    }

    /// Returns the exact value of the step.
    #[must_use]
    pub fn value(&self) -> Exact {
        let flat = self.flat.clone().unwrap_or_else(Exact::zero);
        self.quantity.clone() * self.price.clone() + flat
    }
}

/// Returns the sum of the steps as money. This is the only place where rating rounds.
pub(super) fn amount(steps: &[Step], currency: Currency) -> Result<Money, MoneyError> {
    let exact: Exact = steps.iter().map(Step::value).sum();
    exact.to_money(currency)
}

impl Rating<'_> {
    /// Returns the charges of a line.
    pub(super) fn charges(&self, line: &RatedLine) -> Result<Vec<Charge>, RatingError> {
        if !self.rates.subscription.charges() {
            return Ok(Vec::new());
        }
        let (kind, steps, overage) = match self.ramp {
            Some(RampUsage::Free) if !line.product.charged_in_ramp => return Ok(Vec::new()),
            Some(_) => {
                let (prepay, overage) = overage::in_ramp(line);
                (ChargeKind::Ramp, prepay, overage)
            }
            None if self.rates.subscription.is_annual() => {
                let prepayment = self.prepayment(line);
                (ChargeKind::Prepayment, prepayment, overage::steps(line))
            }
            None => (
                ChargeKind::Commitment,
                commitment(line),
                overage::steps(line),
            ),
        };
        let (product, currency) = (&line.product, self.contract.currency());
        let charges = [
            charge(kind, product, steps, currency)?,
            charge(ChargeKind::Overage, product, overage, currency)?,
        ];
        Ok(charges.into_iter().flatten().collect())
    }
}

/// Returns a charge, unless there is nothing to charge for.
pub(super) fn charge(
    kind: ChargeKind,
    product: &Product,
    mut steps: Vec<Step>,
    currency: Currency,
) -> Result<Option<Charge>, RatingError> {
    let is_nothing = |flat: &Option<Exact>| flat.as_ref().is_none_or(Exact::is_zero);
    steps.retain(|step| !(step.quantity.is_zero() && is_nothing(&step.flat)));
    if steps.is_empty() {
        return Ok(None);
    }
    Ok(Some(Charge {
        kind,
        product: Some(product.sku.clone()),
        third_party: product.third_party,
        amount: amount(&steps, currency)?,
        steps,
    }))
}

/// Returns the steps of the commitment: one for each price that it has.
fn commitment(line: &RatedLine) -> Vec<Step> {
    let parts = line.parts.iter();
    let steps =
        parts.map(|part| Step::new(part.prepaid.clone(), prepay_price(part, &part.prepaid)));
    steps.collect()
}

/// Returns the price of committed units.
fn prepay_price(part: &Part, units: &Exact) -> Price {
    // A commitment without a price is refused when the contract is stored, so
    // the price that is absent here is multiplied with nothing.
    let price = part.line.prepay_price;
    assert!(
        price.is_some() || units.is_zero(),
        "a commitment has a price"
    );
    price.unwrap_or(Price::ZERO)
}
