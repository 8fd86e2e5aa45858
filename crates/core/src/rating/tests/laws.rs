//! Laws that hold for every bill.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::world::{World, world};
use super::{bill, simple};
use crate::contract::{LineChange, Overage, SubscriptionType, Tier, TierMode};
use crate::exact::Exact;
use crate::money::Price;
use crate::quantity::Quantity;
use crate::rating::{ChargeKind, Step, rate};

fn tiers(overage: &mut Option<Overage>) -> Option<(TierMode, &mut Vec<Tier>)> {
    match overage {
        Some(Overage::Tiers(mode, tiers)) => Some((*mode, tiers)),
        _ => None,
    }
}

/// Cuts a tier in two at a whole unit inside of it.
fn split(line: &mut LineChange, at: usize, unit: u64) {
    let Some((mode, tiers)) = tiers(&mut line.overage) else {
        return;
    };
    let at = at % tiers.len();
    let below = at.checked_sub(1).and_then(|below| tiers[below].up_to);
    let border = below
        .unwrap_or_default()
        .checked_add(Quantity::from_units(1 + unit));
    let upper = tiers[at];
    let inside = border > below && upper.up_to.is_none_or(|end| border < Some(end));
    if !inside {
        return;
    }
    tiers.insert(
        at,
        Tier {
            up_to: border,
            ..upper
        },
    );
    if mode == TierMode::Graduated {
        // The flat amount of the one tier is charged once, with its first unit.
        tiers[at + 1].flat = None;
    }
}

proptest! {
    #[test]
    fn a_higher_commitment_never_raises_overage(
        world in world(), line in 0usize..3, more in 1u64..50, number in 0u32..14,
    ) {
        let mut higher = world.clone();
        let change = &mut higher.base.lines[line];
        let before = change.prepay_quantity.unwrap_or_default();
        change.prepay_quantity = before.checked_add(Quantity::from_units(more));
        let (Some(low), Some(high)) = (world.contract(), higher.contract()) else { return Ok(()) };
        let Some(period) = low.calendar().period(number) else { return Ok(()) };
        let (products, usage) = (world.products(), world.usage(&period));
        let of = |contract| rate(contract, &period, &products, &usage).unwrap();
        let (low, high) = (of(&low), of(&high));
        // Neither that line's, nor, as allowances only grow, any other's.
        for (low, high) in low.lines.iter().zip(&high.lines) {
            prop_assert!(high.overage <= low.overage);
        }
    }

    #[test]
    fn splitting_a_tier_at_a_border_changes_nothing(
        world in world(), line in 0usize..3, at in 0usize..3, unit in 0u64..14, number in 0u32..14,
    ) {
        let mut finer = world.clone();
        split(&mut finer.base.lines[line], at, unit);
        let (Some(one), Some(two)) = (world.contract(), finer.contract()) else { return Ok(()) };
        let Some(period) = one.calendar().period(number) else { return Ok(()) };
        let (products, usage) = (world.products(), world.usage(&period));
        let of = |contract| {
            let bill = rate(contract, &period, &products, &usage).unwrap();
            bill.charges.iter().map(|charge| (charge.kind, charge.amount)).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(&one), of(&two));
    }

    /// What is prepaid over a year, exactly, is what its periods would have
    /// cost one by one, as long as the price stays.
    #[test]
    fn a_prepaid_year_costs_what_its_periods_would(
        quantities in prop::collection::vec((1i32..365, 0u64..50), 0..4), days in 40i64..365,
    ) {
        use jiff::ToSpan as _;
        let (contract, world) = simple(|world| {
            world.base.subscription = Some(SubscriptionType::Prepay);
            world.end = Some(world.start.saturating_add(days.days()));
            let mut amendments: Vec<_> = quantities.iter().map(|(day, units)| {
                let mut change = world.base.clone();
                change.effective = world.start.saturating_add(day.days());
                change.lines[0].prepay_quantity = Some(Quantity::from_units(*units));
                change
            }).collect();
            amendments.sort_by_key(|change| change.effective);
            amendments.dedup_by_key(|change| change.effective);
            amendments.retain(|change| Some(change.effective) <= world.end);
            world.amendments = amendments;
        });
        let (mut paid, mut due) = (Exact::zero(), Exact::zero());
        for number in (0..12).take_while(|number| contract.calendar().period(*number).is_some()) {
            let bill = bill(&contract, &world, number);
            let prepayments = bill.charges.iter().filter(|it| it.kind == ChargeKind::Prepayment);
            let steps: Exact = prepayments.flat_map(|it| &it.steps).map(Step::value).sum();
            paid = paid + steps;
            due = due + bill.lines[0].prepaid.clone() * Exact::whole(10);
        }
        prop_assert_eq!(paid, due);
    }
}

/// Ten seats at 10.00, paid for a year in advance, with an end and another one that is put
/// later: what each period is charged for them.
fn prepaid_months(first: Option<Date>, second: Option<Date>, said: Date) -> Vec<String> {
    let (contract, world) = simple(|world| {
        world.base.subscription = Some(SubscriptionType::Prepay);
        world.base.lines[0].prepay_quantity = Some(Quantity::from_units(10));
        world.usage = vec![[0; 3]];
        world.end = second;
        world.before = Some((first, said));
    });
    let months = (0..12).map_while(|number| {
        contract.calendar().period(number)?;
        Some(bill(&contract, &world, number).total.to_string())
    });
    months.collect()
}

#[test]
fn an_end_that_is_put_later_leaves_what_was_bought() {
    let (all, cut) = (date(2027, 2, 28), date(2026, 10, 31));
    // The year was bought in January, and is not bought again.
    let mut expected = vec!["1200.00"];
    expected.resize(10, "0.00");
    assert_eq!(
        prepaid_months(Some(all), Some(cut), date(2026, 2, 1)),
        expected
    );
    assert_eq!(
        prepaid_months(None, Some(cut), date(2026, 10, 20)),
        expected
    );
    // Until January is over, it is bought as the contract says.
    expected[0] = "1000.00";
    assert_eq!(prepaid_months(None, Some(cut), date(2026, 1, 31)), expected);
}

#[test]
fn a_contract_that_is_prolonged_buys_the_rest_when_it_begins() {
    let (all, cut) = (date(2027, 2, 28), date(2026, 10, 10));
    let months = prepaid_months(Some(cut), Some(all), date(2026, 5, 5));
    // Nine months and 10 of 31 days; then the other 21, and two months.
    assert_eq!(
        (months[0].as_str(), months[9].as_str()),
        ("932.26", "267.74")
    );
    assert_eq!(months.iter().filter(|total| *total == "0.00").count(), 10);
}

#[test]
fn many_random_contracts_are_sound() {
    // Otherwise the laws above would hold for nothing.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let sound = (0..200).filter(|_| {
        let tree = world().new_tree(&mut runner).unwrap();
        tree.current().contract().is_some()
    });
    let sound = sound.count();
    assert!(sound > 60, "{sound} of 200");
}

#[test]
fn developers_get_the_same_lines_for_nothing() {
    let (contract, world) = simple(|world| {
        world.base.subscription = Some(SubscriptionType::DevOrgPrepayMonthlyCommitment);
        world.base.minimum = Some(Quantity::from_units(100));
    });
    let bill = bill(&contract, &world, 0);
    let amounts = bill
        .charges
        .iter()
        .map(|charge| (charge.kind, charge.amount.minor()));
    let expected = [(ChargeKind::Commitment, 0), (ChargeKind::Overage, 0)];
    assert_eq!(amounts.collect::<Vec<_>>(), expected);
    assert_eq!((bill.minimum, bill.total.minor()), (None, 0));
    assert_eq!(bill.lines[0].line.prepay_price, Some(Price::ZERO));
}

#[test]
fn a_contract_without_usage_still_owes_its_commitment() {
    let (contract, world) = simple(|world: &mut World| world.usage = vec![[0; 3]]);
    let bill = bill(&contract, &world, 0);
    assert_eq!(bill.total.to_string(), "20.00");
    assert_eq!(bill.charges.len(), 1);
}
