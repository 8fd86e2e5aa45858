//! The price of units beyond: one price, bundles, or tiers.

use super::{Item, Step};
use crate::contract::{Overage, Tier, TierMode};
use crate::exact::Exact;

/// The steps that make the charge of an item's overage; none without overage.
pub(super) fn steps(item: &Item) -> Vec<Step> {
    if item.overage.is_zero() {
        return Vec::new();
    }
    let units = item.overage.clone();
    match &item.line.overage {
        Overage::Flat(price) => vec![Step::new(bundles(item, units), *price)],
        Overage::Tiers(TierMode::Graduated, tiers) => graduated(&units, tiers),
        Overage::Tiers(TierMode::Volume, tiers) => whole(units.clone(), &units, tiers),
        Overage::Tiers(TierMode::Package(size), tiers) => {
            whole(units.packages(*size), &units, tiers)
        }
    }
}

/// Units as they are sold: in whole bundles, if there are bundles.
pub(super) fn bundles(item: &Item, units: Exact) -> Exact {
    if item.product.is_bundle() {
        units.packages(item.product.bundle)
    } else {
        units
    }
}

/// Each unit at the price of its tier.
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
    steps
}

/// All of `quantity` at the price of the tier that the units reach.
fn whole(quantity: Exact, units: &Exact, tiers: &[Tier]) -> Vec<Step> {
    let reaches = |tier: &&Tier| {
        tier.up_to
            .is_none_or(|border| *units <= Exact::from(border))
    };
    let reached = tiers.iter().find(reaches);
    reached
        .map(|tier| Step::of_tier(quantity, tier))
        .into_iter()
        .collect()
}
