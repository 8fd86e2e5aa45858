//! Advance charges, and the difference of two ratings of a period.
//!
//! What is bought on the first day of a period is charged when it begins. Whatever is learnt
//! later, of the same period, is a difference to that: an amount is rounded as a whole, and
//! never twice.

use super::prepaid::PaidAhead;
use super::{Charge, ChargeKind, Rating, RatingError, State, Step, charge, wallet};
use crate::contract::{Contract, Products};
use crate::money::{Money, MoneyError};
use crate::period::Period;

/// Returns what is charged when a period begins that opens with a state: what is bought on its
/// first day until the end of the contract year, and for wallets. What is given back is no
/// part of it.
///
/// # Errors
/// A product is missing, or an amount is beyond all bounds.
pub fn advance(
    opening: &State,
    contract: &Contract,
    period: &Period,
    products: &Products,
) -> Result<Vec<Charge>, RatingError> {
    let rating = Rating::of(contract, period);
    if !rating.rates.subscription.charges() {
        return Ok(Vec::new());
    }
    let product = |sku: &str| {
        let product = products.get(sku);
        product.ok_or_else(|| RatingError::UnknownProduct(sku.to_owned()))
    };
    let mut charges = Vec::new();
    for line in &rating.rates.lines {
        if let Some(paid_ahead) = PaidAhead::of(opening, contract, period, &line.product) {
            let steps = rating.bought_at_once(&paid_ahead);
            let (kind, product) = (ChargeKind::Prepayment, product(&line.product)?);
            charges.extend(charge::charge(kind, product, steps, contract.currency())?);
        }
    }
    for wallet in &rating.rates.wallets {
        let steps = wallet::bought_at_once(opening, contract, period, wallet);
        let (kind, product) = (ChargeKind::Wallet, product(&wallet.product)?);
        charges.extend(charge::charge(kind, product, steps, contract.currency())?);
    }
    Ok(charges)
}

/// The difference of two charges of a period that have the same product and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The reason for the charges.
    pub kind: ChargeKind,
    /// The part number of the product. A shortfall has none.
    pub product: Option<String>,
    /// True for a product of a third party.
    pub third_party: bool,
    /// The steps of what was charged before. None if nothing was.
    pub before: Vec<Step>,
    /// The steps of what is charged now. None if nothing is.
    pub after: Vec<Step>,
    /// The difference of the two amounts, each of which was rounded once.
    pub amount: Money,
}

/// Returns what is charged now less what was charged before, by product and kind, in the order
/// of what is charged now. One without a difference is absent.
///
/// # Errors
/// An amount is beyond all bounds.
pub fn differences(before: &[Charge], after: &[Charge]) -> Result<Vec<Difference>, MoneyError> {
    let mut differences = pairs(before, after)?;
    differences.retain(|it| !it.is_nothing());
    Ok(differences)
}

/// Returns what a close charges beyond what was charged in advance: all differences, and what
/// comes to 0 without an advance, which a bill shows as well.
///
/// # Errors
/// An amount is beyond all bounds.
pub fn beyond(advance: &[Charge], whole: &[Charge]) -> Result<Vec<Difference>, MoneyError> {
    let mut differences = pairs(advance, whole)?;
    differences.retain(|it| it.before.is_empty() || !it.is_nothing());
    Ok(differences)
}

/// Returns the differences of all charges of one product and kind.
fn pairs(before: &[Charge], after: &[Charge]) -> Result<Vec<Difference>, MoneyError> {
    fn same<'a>(charges: &'a [Charge], one: &Charge) -> Option<&'a Charge> {
        let mut charges = charges.iter();
        charges.find(|it| it.kind == one.kind && it.product == one.product)
    }
    let gone = before.iter().filter(|old| same(after, old).is_none());
    let pairs = after.iter().map(|new| (same(before, new), Some(new)));
    let pairs = pairs.chain(gone.map(|old| (Some(old), None)));
    let difference = |(old, new): (Option<&Charge>, Option<&Charge>)| {
        let one = new.or(old).expect("one of the two is there");
        let nothing = Money::zero(one.amount.currency());
        let amount = |charge: Option<&Charge>| charge.map_or(nothing, |it| it.amount);
        let steps = |charge: Option<&Charge>| charge.map_or_else(Vec::new, |it| it.steps.clone());
        Ok(Difference {
            kind: one.kind,
            product: one.product.clone(),
            third_party: one.third_party,
            before: steps(old),
            after: steps(new),
            amount: amount(new).checked_sub(amount(old))?,
        })
    };
    pairs.map(difference).collect()
}

impl Difference {
    fn is_nothing(&self) -> bool {
        self.amount == Money::zero(self.amount.currency())
    }
}
