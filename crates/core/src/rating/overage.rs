//! The price of overage: one price, bundles, or tiers.
//!
//! A new price model is a variant of [`Overage`] or [`TierMode`] and an arm in
//! [`between`].

use super::charge::prepay_price;
use super::{RatedLine, Step};
use crate::contract::{Overage, Tier, TierMode};
use crate::exact::Exact;

/// Returns the steps of the charge for a line's overage. None without overage.
///
/// Each part of the period has its prices. A level is priced as a whole, and each part
/// charges its share. Amounts grow from day to day, so each part charges the overage
/// that came about in it.
pub(super) fn steps(line: &RatedLine) -> Vec<Step> {
    if line.overage.is_zero() {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut before = Exact::zero();
    for part in &line.parts {
        let prices = &part.line.overage;
        if line.level {
            let whole = between(line, prices, &Exact::zero(), &line.overage);
            steps.extend(whole.into_iter().map(|step| step.weighed(&part.weight)));
        } else {
            let until = line.beyond(Exact::from(part.used));
            steps.extend(between(line, prices, &before, &until));
            before = until;
        }
    }
    assert!(
        line.level || before == line.overage,
        "the last part ends with the period"
    );
    steps
}

/// Returns the steps of the charge for usage up to the commitment, in a ramp.
pub(super) fn within(line: &RatedLine) -> Vec<Step> {
    let within = |used| bundles(line, line.included.clone().min(used));
    let mut before = Exact::zero();
    let parts = line.parts.iter();
    let steps = parts.map(|part| {
        let until = within(Exact::from(part.used));
        let units = match line.level {
            true => until * part.weight.clone(),
            false => {
                let units = until.clone() - before.clone();
                before = until;
                units
            }
        };
        let price = prepay_price(part, &units);
        Step::new(units, price)
    });
    steps.collect()
}

/// Returns units as they are sold: in whole bundles, if the product has bundles.
fn bundles(line: &RatedLine, units: Exact) -> Exact {
    if line.product.is_bundle() {
        units.packages(line.product.bundle)
    } else {
        units
    }
}

/// Returns the steps of the overage units from `lower` to `upper`, at these prices.
fn between(line: &RatedLine, prices: &Overage, lower: &Exact, upper: &Exact) -> Vec<Step> {
    assert!(lower <= upper, "usage never shrinks");
    match prices {
        Overage::Flat(price) => {
            let units = bundles(line, upper.clone()) - bundles(line, lower.clone());
            vec![Step::new(units, *price)]
        }
        Overage::Tiers(TierMode::Graduated, tiers) => graduated(lower, upper, tiers),
        Overage::Tiers(TierMode::Volume, tiers) => {
            let units = upper.clone() - lower.clone();
            vec![whole(units, lower, upper, &line.overage, tiers)]
        }
        Overage::Tiers(TierMode::Package(size), tiers) => {
            let packages = upper.packages(*size) - lower.packages(*size);
            vec![whole(packages, lower, upper, &line.overage, tiers)]
        }
    }
}

/// Prices each unit at the price of its tier. A tier is the half-open range of units
/// above the limit of the tier before, up to and with its own.
fn graduated(lower: &Exact, upper: &Exact, tiers: &[Tier]) -> Vec<Step> {
    let mut border = Exact::zero();
    let mut steps = Vec::new();
    let mut priced = Exact::zero();
    for tier in tiers {
        let from = border.clone().max(lower.clone());
        let to = match tier.up_to.map(Exact::from) {
            Some(end) => end.min(upper.clone()),
            None => upper.clone(),
        };
        if from < to {
            let units = to - from;
            priced = priced + units.clone();
            let mut step = Step::of_tier(units, tier);
            if border < *lower {
                // Its first units were in an earlier part, and so was its flat amount.
                step.flat = None;
            }
            steps.push(step);
        }
        border = tier.up_to.map_or(border, Exact::from);
    }
    assert_eq!(
        priced,
        upper.clone() - lower.clone(),
        "the tiers hold every unit once"
    );
    steps
}

/// Prices all of `quantity` at the price of the tier that the whole overage reaches.
/// Its flat amount is charged with the units that reach it.
fn whole(quantity: Exact, lower: &Exact, upper: &Exact, overage: &Exact, tiers: &[Tier]) -> Step {
    let reaches = |tier: &Tier| {
        tier.up_to
            .is_none_or(|border| *overage <= Exact::from(border))
    };
    let reached = tiers.iter().position(reaches);
    let reached = reached.expect("the last tier has no limit: the contract was checked");
    let below = reached.checked_sub(1).and_then(|below| tiers[below].up_to);
    let below = below.map_or_else(Exact::zero, Exact::from);
    let mut step = Step::of_tier(quantity, &tiers[reached]);
    if below < *lower || *upper <= below {
        step.flat = None;
    }
    step
}
