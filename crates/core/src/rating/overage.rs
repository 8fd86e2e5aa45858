//! The price of overage: one price, bundles, or tiers.
//!
//! A new price model is a variant of [`Overage`] or [`TierMode`] and an arm in
//! [`steps`].

use super::{RatedLine, Step};
use crate::contract::{Overage, Tier, TierMode};
use crate::exact::Exact;

/// Returns the steps of the charge for a line's overage. None without overage.
pub(super) fn steps(line: &RatedLine) -> Vec<Step> {
    if line.overage.is_zero() {
        return Vec::new();
    }
    let units = line.overage.clone();
    match &line.line.overage {
        Overage::Flat(price) => vec![Step::new(bundles(line, units), *price)],
        Overage::Tiers(TierMode::Graduated, tiers) => graduated(&units, tiers),
        Overage::Tiers(TierMode::Volume, tiers) => whole(units.clone(), &units, tiers),
        Overage::Tiers(TierMode::Package(size), tiers) => {
            whole(units.packages(*size), &units, tiers)
        }
    }
}

/// Returns units as they are sold: in whole bundles, if the product has bundles.
pub(super) fn bundles(line: &RatedLine, units: Exact) -> Exact {
    if line.product.is_bundle() {
        units.packages(line.product.bundle)
    } else {
        units
    }
}

/// Prices each unit at the price of its tier. A tier is the half-open range of units
/// above the limit of the tier before, up to and with its own.
fn graduated(units: &Exact, tiers: &[Tier]) -> Vec<Step> {
    let mut lower = Exact::zero();
    let mut steps = Vec::new();
    for tier in tiers {
        if *units <= lower {
            break;
        }
        let border = tier.up_to.map(Exact::from);
        let upper = border.map_or_else(|| units.clone(), |border| border.min(units.clone()));
        steps.push(Step::of_tier(upper.clone() - lower, tier));
        lower = upper;
    }
    assert_eq!(lower, *units, "the tiers hold every unit once");
    steps
}

/// Prices all of `quantity` at the price of the tier that the units reach.
fn whole(quantity: Exact, units: &Exact, tiers: &[Tier]) -> Vec<Step> {
    let reaches = |tier: &&Tier| {
        tier.up_to
            .is_none_or(|border| *units <= Exact::from(border))
    };
    let reached = tiers.iter().find(reaches);
    let reached = reached.expect("the last tier has no limit: the contract was checked");
    vec![Step::of_tier(quantity, reached)]
}
