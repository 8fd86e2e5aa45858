//! What of a product was used, committed, allowed and exceeded.

use super::allowance::{Allowance, allow};
use super::{RatingError, Totals};
use crate::contract::{Contract, Line, Overage, Product, Products};
use crate::exact::Exact;
use crate::money::Price;
use crate::period::Period;
use crate::quantity::Quantity;

/// A line of a contract with what happened in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The product.
    pub product: Product,
    /// The line, with the prices that apply.
    pub line: Line,
    /// Units used: the total of the product's meter.
    pub usage: Quantity,
    /// Units, or bundles, committed for the period.
    pub prepaid: Exact,
    /// Units that the commitment includes.
    pub included: Exact,
    /// Units allowed beyond, if the line has an allowance.
    pub allowance: Option<Allowance>,
    /// Units used beyond both.
    pub overage: Exact,
}

/// An item a line, in the order of the contract.
pub(super) fn items(
    contract: &Contract,
    period: &Period,
    products: &Products,
    totals: &Totals,
) -> Result<Vec<Item>, RatingError> {
    let rates = contract.terms_at(period.first);
    let mut items = Vec::with_capacity(rates.lines.len());
    for line in &rates.lines {
        let unknown = || RatingError::UnknownProduct(line.product.clone());
        let product = products.get(&line.product).ok_or_else(unknown)?;
        let prepaid = contract.weighted(period, |terms| {
            terms.line(&line.product).map(|line| line.prepay_quantity)
        });
        items.push(Item {
            product: product.clone(),
            line: if rates.subscription.is_developer() {
                for_developers(line)
            } else {
                line.clone()
            },
            usage: totals.get(&product.meter).copied().unwrap_or_default(),
            included: prepaid.clone() * Exact::from(product.bundle),
            prepaid,
            allowance: None,
            overage: Exact::zero(),
        });
    }
    // An allowance looks at the licences among the items.
    for at in 0..items.len() {
        let allowance = allow(contract, period, &items[at].line, &items);
        let item = &mut items[at];
        let free = allowance
            .as_ref()
            .map_or_else(Exact::zero, Allowance::total);
        let beyond = Exact::from(item.usage) - item.included.clone() - free;
        item.overage = beyond.max(Exact::zero());
        item.allowance = allowance;
    }
    Ok(items)
}

/// Developers see the same lines with every price read as 0.
fn for_developers(line: &Line) -> Line {
    let overage = match &line.overage {
        Overage::Flat(_) => Overage::Flat(Price::ZERO),
        Overage::Tiers(mode, tiers) => {
            let mut tiers = tiers.clone();
            for tier in &mut tiers {
                tier.price = Price::ZERO;
                tier.flat = tier.flat.map(|_| Price::ZERO);
            }
            Overage::Tiers(*mode, tiers)
        }
    };
    Line {
        prepay_price: line.prepay_price.map(|_| Price::ZERO),
        overage,
        ..line.clone()
    }
}
