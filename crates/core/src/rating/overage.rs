//! The price of overage, and of usage in a ramp: one price, bundles, or tiers.
//!
//! A new price model is a variant of [`Overage`] or [`TierMode`] and an arm in
//! [`between`].

use super::{Part, RatedLine, Step};
use crate::contract::{Overage, Tier, TierMode};
use crate::exact::Exact;

/// Returns the steps of the charge for a line's overage. None without overage.
pub(super) fn steps(line: &RatedLine) -> Vec<Step> {
    let prices = |part: &Part| part.line.overage.clone();
    let parts = by_part(line, |used| line.charged(used), prices).into_iter();
    parts.flat_map(|(_, steps)| steps).collect()
}

/// Returns the steps of the charges for all usage in a ramp: at the prepay price, and at
/// that of overage where a line has none.
///
/// Units that an allowance frees beyond the commitment are free here, too. Bundles are those of
/// the usage as a whole, as the commitment itself is not charged.
pub(super) fn in_ramp(line: &RatedLine) -> (Vec<Step>, Vec<Step>) {
    let units = |used: Exact| line.included.clone().min(used.clone()) + line.charged(used);
    let prices = |part: &Part| match part.line.prepay_price {
        Some(price) => Overage::Flat(price),
        None => part.line.overage.clone(),
    };
    let (mut prepay, mut overage) = (Vec::new(), Vec::new());
    for (part, steps) in by_part(line, units, prices) {
        match part.line.prepay_price {
            Some(_) => prepay.extend(steps),
            None => overage.extend(steps),
        }
    }
    (prepay, overage)
}

/// Prices units in each part of the period; `units` are those of so much usage. None if
/// there are no units.
///
/// Each part of the period has its prices. A level is priced as a whole, and each part
/// charges its share. Amounts grow from day to day, so each part charges the units that
/// came about in it.
fn by_part(
    line: &RatedLine,
    units: impl Fn(Exact) -> Exact,
    prices: impl Fn(&Part) -> Overage,
) -> Vec<(&Part, Vec<Step>)> {
    let all = units(line.usage.clone());
    if all.is_zero() {
        return Vec::new();
    }
    let mut before = Exact::zero();
    let priced = line.parts.iter().map(|part| {
        let prices = prices(part);
        if line.level {
            let whole = between(line, &prices, &Exact::zero(), &all, &all).into_iter();
            return (part, whole.map(|step| step.weighed(&part.weight)).collect());
        }
        let until = units(part.used.clone());
        let steps = between(line, &prices, &before, &until, &all);
        before = until;
        (part, steps)
    });
    let priced = priced.collect();
    assert!(
        line.level || before == all,
        "the last part ends with the period"
    );
    priced
}

/// Returns units as they are sold: in whole bundles, if the product has bundles.
fn bundles(line: &RatedLine, units: Exact) -> Exact {
    if line.product.is_bundle() {
        units.packages(line.product.bundle)
    } else {
        units
    }
}

/// Returns the steps of the units from `lower` to `upper`, of `all` that there are in the
/// period, at these prices.
fn between(
    line: &RatedLine,
    prices: &Overage,
    lower: &Exact,
    upper: &Exact,
    all: &Exact,
) -> Vec<Step> {
    assert!(lower <= upper, "usage never shrinks");
    match prices {
        Overage::Flat(price) => {
            let units = bundles(line, upper.clone()) - bundles(line, lower.clone());
            vec![Step::new(units, *price)]
        }
        Overage::Tiers(TierMode::Graduated, tiers) => graduated(lower, upper, tiers),
        Overage::Tiers(TierMode::Volume, tiers) => {
            let units = upper.clone() - lower.clone();
            vec![whole(units, lower, upper, all, tiers)]
        }
        Overage::Tiers(TierMode::Package(size), tiers) => {
            let packages = upper.packages(*size) - lower.packages(*size);
            vec![whole(packages, lower, upper, all, tiers)]
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

/// Prices all of `quantity` at the price of the tier that all units of the period reach.
/// Its flat amount is charged with the units that reach it.
fn whole(quantity: Exact, lower: &Exact, upper: &Exact, all: &Exact, tiers: &[Tier]) -> Step {
    let reaches = |tier: &Tier| tier.up_to.is_none_or(|border| *all <= Exact::from(border));
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
