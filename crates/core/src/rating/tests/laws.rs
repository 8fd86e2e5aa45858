//! Laws that hold for every bill.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::world::{World, world};
use super::{bill, fold, simple};
use crate::contract::{Decrease, KnownEnds, LineChange, Overage, SubscriptionType, Tier, TierMode};
use crate::exact::Exact;
use crate::money::Price;
use crate::quantity::Quantity;
use crate::rating::{ChargeKind, Step};

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
        let of = |contract| fold(contract, &world, number + 1).pop().unwrap().bill;
        if low.calendar().period(number).is_none() { return Ok(()) }
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
        if one.calendar().period(number).is_none() { return Ok(()) }
        let of = |contract| {
            let bill = fold(contract, &world, number + 1).pop().unwrap().bill;
            bill.charges.iter().map(|charge| (charge.kind, charge.amount)).collect::<Vec<_>>()
        };
        prop_assert_eq!(of(&one), of(&two));
    }

    /// Late usage moves what is left in a wallet and what is overage, and never what is bought
    /// or given back.
    #[test]
    fn usage_changes_nothing_that_is_bought(
        world in world(), more in prop::array::uniform3(0u32..80), period in 0usize..4,
    ) {
        let world = world.of_wallets();
        let mut late = world.clone();
        let period = period % late.usage.len();
        for (used, more) in late.usage[period].iter_mut().zip(more) {
            *used += more;
        }
        let Some(contract) = world.contract() else { return Ok(()) };
        let bought = |world| {
            let bills = fold(&contract, world, 26).into_iter().map(|rated| rated.bill);
            let charges = bills.map(|bill| {
                let charges = bill.charges.into_iter();
                let bought = charges.filter(|charge| charge.kind == ChargeKind::Wallet);
                bought.collect::<Vec<_>>()
            });
            charges.collect::<Vec<_>>()
        };
        prop_assert_eq!(bought(&world), bought(&late));
    }

    /// What is prepaid over a year, exactly, is what its periods would have
    /// cost one by one, as long as the price stays.
    #[test]
    fn a_prepaid_year_costs_what_its_periods_would(
        quantities in prop::collection::vec((1i32..365, 0u64..50), 0..4), days in 40i64..365,
        gives_back in prop::bool::ANY,
    ) {
        use jiff::ToSpan as _;
        let (contract, world) = simple(|world| {
            world.base.subscription = Some(SubscriptionType::Prepay);
            if gives_back {
                world.settings.decrease = Decrease::GivenBack;
            }
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

/// Ten seats at 10.00, paid for a year in advance, with ends from the days on which they
/// were put: what each period is charged for them.
fn prepaid_months(decrease: Decrease, ends: &[(Date, Option<Date>)]) -> Vec<String> {
    let (contract, world) = simple(|world| {
        world.base.subscription = Some(SubscriptionType::Prepay);
        world.base.lines[0].prepay_quantity = Some(Quantity::from_units(10));
        world.usage = vec![[0; 3]];
        world.settings.decrease = decrease;
        world.end = ends.last().unwrap().1;
    });
    let mut known = KnownEnds::default();
    for (said, end) in ends {
        known.add(contract.calendar().midnight(*said), *end);
    }
    let contract = contract.with_known_ends(known);
    let months = (0..12).map_while(|number| {
        contract.calendar().period(number)?;
        Some(bill(&contract, &world, number).total.to_string())
    });
    months.collect()
}

/// The months in which something is charged or given back.
fn charged(months: &[String]) -> Vec<(usize, &str)> {
    let months = months.iter().map(String::as_str).enumerate();
    months.filter(|(_, total)| *total != "0.00").collect()
}

const START: Date = date(2026, 1, 1);
const OCTOBER: Date = date(2026, 10, 31);

#[test]
fn an_end_that_is_put_later_leaves_what_was_bought() {
    for decrease in [Decrease::Refused, Decrease::NextYear] {
        let months = |first, said| {
            let months = prepaid_months(decrease, &[(START, first), (said, Some(OCTOBER))]);
            assert_eq!(months.len(), 10);
            months
        };
        // The year was bought in January, and is not bought again.
        let all = Some(date(2027, 2, 28));
        assert_eq!(charged(&months(all, date(2026, 2, 1))), [(0, "1200.00")]);
        assert_eq!(charged(&months(None, date(2026, 10, 20))), [(0, "1200.00")]);
        // Until January is over, it is bought as the contract says.
        assert_eq!(charged(&months(None, date(2026, 1, 31))), [(0, "1000.00")]);
    }
}

#[test]
fn an_end_that_is_put_later_gives_back_in_its_period() {
    let months =
        |said, end| prepaid_months(Decrease::GivenBack, &[(START, None), (said, Some(end))]);
    let given = months(date(2026, 5, 5), OCTOBER);
    assert_eq!(charged(&given), [(0, "1200.00"), (9, "-200.00")]);
    // Also if October was over when it was put.
    assert_eq!(months(date(2026, 11, 5), OCTOBER), given);
    // 21 days of October, and two months.
    let within = months(date(2026, 5, 5), date(2026, 10, 10));
    assert_eq!(charged(&within), [(0, "1200.00"), (9, "-267.74")]);
    // The year is over.
    let december = months(date(2026, 5, 5), date(2026, 12, 31));
    assert_eq!(charged(&december), [(0, "1200.00")]);
    // Until January is over, it is bought as the contract says.
    assert_eq!(
        charged(&months(date(2026, 1, 31), OCTOBER)),
        [(0, "1000.00")]
    );
}

#[test]
fn what_was_given_back_in_a_period_that_is_over_stays_given_back() {
    // October was over when it became the last one, and is when the contract goes on.
    let ends = [
        (START, None),
        (date(2026, 11, 5), Some(OCTOBER)),
        (date(2026, 12, 5), None),
    ];
    let months = prepaid_months(Decrease::GivenBack, &ends);
    assert_eq!(
        charged(&months),
        [(0, "1200.00"), (9, "-200.00"), (10, "200.00")]
    );
    // An end that was taken away before its period was over has never been one.
    let ends = [
        (START, None),
        (date(2026, 9, 5), Some(OCTOBER)),
        (date(2026, 10, 5), None),
    ];
    let months = prepaid_months(Decrease::GivenBack, &ends);
    assert_eq!(charged(&months), [(0, "1200.00")]);
}

#[test]
fn what_was_given_back_at_an_end_is_bought_again_if_the_contract_goes_on() {
    let ends = [
        (START, None),
        (date(2026, 5, 5), Some(OCTOBER)),
        (date(2026, 11, 5), None),
    ];
    let ends = &[&ends[..], &[(date(2026, 12, 5), Some(date(2027, 2, 28)))]].concat();
    let months = prepaid_months(Decrease::GivenBack, ends);
    let expected = [(0, "1200.00"), (9, "-200.00"), (10, "200.00")];
    assert_eq!(charged(&months), expected);
    // Without a give-back, nothing needs to be bought again.
    let months = prepaid_months(Decrease::NextYear, ends);
    assert_eq!(charged(&months), [(0, "1200.00")]);
    // It went on before the end had come.
    let ends = [
        (START, None),
        (date(2026, 5, 5), Some(OCTOBER)),
        (date(2026, 10, 30), Some(date(2027, 2, 28))),
    ];
    let months = prepaid_months(Decrease::GivenBack, &ends);
    assert_eq!(charged(&months), [(0, "1200.00")]);
}

/// Ten from 15 January, two more from 15 July, ended on 14 October: 720, of it 120 bought
/// in July and 600 in January.
#[test]
fn a_give_back_has_a_step_for_each_purchase() {
    let (contract, world) = simple(|world| {
        world.start = date(2026, 1, 15);
        world.end = Some(date(2026, 10, 14));
        world.before = Some((None, date(2026, 9, 20)));
        world.settings.decrease = Decrease::GivenBack;
        world.base.subscription = Some(SubscriptionType::Prepay);
        let line = &mut world.base.lines[0];
        line.prepay_quantity = Some(Quantity::from_units(10));
        line.prepay_price = Price::parse("20").ok();
        world.usage = vec![[0; 3]];
        let mut change = world.base.clone();
        change.effective = date(2026, 7, 15);
        change.lines[0].prepay_quantity = Some(Quantity::from_units(12));
        world.amendments = vec![change];
    });
    let total = |number| bill(&contract, &world, number).total.to_string();
    assert_eq!(
        [total(0), total(6), total(7)],
        ["2400.00", "240.00", "0.00"]
    );
    let last = bill(&contract, &world, 8);
    assert_eq!(
        (last.charges.len(), last.total.to_string().as_str()),
        (1, "-720.00")
    );
    let steps = last.charges[0].steps.iter();
    let steps = steps.map(|step| step.value().to_string());
    assert_eq!(steps.collect::<Vec<_>>(), ["-120", "-600"]);
}

#[test]
fn a_contract_that_is_prolonged_buys_the_rest_when_it_begins() {
    let (all, cut) = (date(2027, 2, 28), date(2026, 10, 10));
    let ends = [(START, Some(cut)), (date(2026, 5, 5), Some(all))];
    for decrease in [Decrease::Refused, Decrease::NextYear, Decrease::GivenBack] {
        // Nine months and 10 of 31 days; then the other 21, and two months.
        let months = prepaid_months(decrease, &ends);
        assert_eq!(charged(&months), [(0, "932.26"), (9, "267.74")]);
        assert_eq!(months.len(), 12);
    }
}

#[test]
fn many_random_contracts_are_sound() {
    // Otherwise the laws above would hold for nothing.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut worlds = || {
        let worlds = (0..200).map(|_| world().new_tree(&mut runner).unwrap().current());
        worlds.collect::<Vec<_>>()
    };
    let sound = worlds().into_iter().filter_map(|world| world.contract());
    let sound = sound.count();
    assert!(sound > 80, "{sound} of 200");
    let worlds = worlds().into_iter().map(World::of_wallets);
    let contracts: Vec<_> = worlds
        .filter_map(|world| Some((world.contract()?, world)))
        .collect();
    assert!(contracts.len() > 100, "{} of 200", contracts.len());
    // What they do with wallets, and how often.
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for (contract, world) in &contracts {
        for bill in fold(contract, world, 30).into_iter().map(|it| it.bill) {
            for wallet in &bill.wallets {
                let mut see = |what, amount: &Exact| {
                    *seen.entry(what).or_default() += u32::from(!amount.is_zero());
                };
                see("bought", &wallet.increase);
                see("given back", &wallet.decrease);
                see("drawn", &wallet.consumption);
                see("lapsed", &wallet.lapse);
                see("owed", &wallet.owed);
                see("beyond", &wallet.overage);
            }
        }
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.values().all(|times| *times > 10), "{seen:?}");
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
