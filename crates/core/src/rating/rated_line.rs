//! The usage, commitment, allowance and overage of each line of a contract.

use super::allowance::{Allowance, allow};
use super::{RatingError, Totals};
use crate::contract::{Contract, Line, Overage, Product, Products};
use crate::exact::Exact;
use crate::money::Price;
use crate::period::Period;
use crate::quantity::Quantity;

/// A line of a contract with its usage in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedLine {
    /// The product.
    pub product: Product,
    /// The line of the contract, with the prices that apply.
    pub line: Line,
    /// The units used: the total of the product's meter.
    pub usage: Quantity,
    /// The units (or bundles) committed for the period.
    pub prepaid: Exact,
    /// The units that the commitment includes.
    pub included: Exact,
    /// The units allowed beyond the commitment, if the line has an allowance.
    pub allowance: Option<Allowance>,
    /// The units used beyond commitment and allowance.
    pub overage: Exact,
}

/// Returns the lines of the contract with their usage, in the order of the contract.
pub(super) fn rate_lines(
    contract: &Contract,
    period: &Period,
    products: &Products,
    totals: &Totals,
) -> Result<Vec<RatedLine>, RatingError> {
    let rates = contract.terms_at(period.first);
    let mut rated = Vec::with_capacity(rates.lines.len());
    for line in &rates.lines {
        let unknown = || RatingError::UnknownProduct(line.product.clone());
        let product = products.get(&line.product).ok_or_else(unknown)?;
        let prepaid = contract.weighted(period, |terms| {
            terms.line(&line.product).map(|line| line.prepay_quantity)
        });
        rated.push(RatedLine {
            product: product.clone(),
            line: if rates.subscription.is_developer() {
                for_developers(line)
            } else {
                line.clone()
            },
            // A meter without a total has not counted anything: see [`Totals`].
            usage: totals
                .get(&product.meter)
                .copied()
                .unwrap_or(Quantity::ZERO),
            included: prepaid.clone() * Exact::from(product.bundle),
            prepaid,
            allowance: None,
            overage: Exact::zero(),
        });
    }
    // A second pass: an allowance depends on the licences of other lines.
    for at in 0..rated.len() {
        let allowance = allow(contract, period, &rated[at].line, &rated);
        let line = &mut rated[at];
        let free = allowance
            .as_ref()
            .map_or_else(Exact::zero, Allowance::total);
        assert!(line.usage >= Quantity::ZERO, "usage is never negative");
        assert!(line.included >= Exact::zero() && free >= Exact::zero());
        let beyond = Exact::from(line.usage) - line.included.clone() - free;
        line.overage = beyond.max(Exact::zero());
        line.allowance = allowance;
    }
    Ok(rated)
}

/// Returns the line as developers have it: every price is 0.
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
