//! Rating against a brute-force reference, and the laws that it keeps.

mod cases;
mod laws;
mod reference;
mod world;

use proptest::prelude::*;

use super::*;
use crate::contract::{Decrease, RampChange, YearStart};
use crate::exact::Exact;
use crate::money::Price;
use reference::Reference;
use world::{World, world};

proptest! {
    /// Every charge of every period is what counting day by day and unit by
    /// unit gives.
    #[test]
    fn charges_equal_the_reference(world in world()) {
        equals_the_reference(&world)?;
    }

    /// The same of contracts in which nothing is in the way of their wallets.
    #[test]
    fn wallets_equal_the_reference(world in world()) {
        equals_the_reference(&world.of_wallets())?;
    }

    /// Terms alone make the state of a contract without wallets, so each of its periods can be
    /// rated alone. With them it is what the period before leaves.
    #[test]
    fn a_period_that_is_rated_alone_has_the_bill_that_it_has_in_its_year(world in world()) {
        let Some(contract) = world.contract() else { return Ok(()) };
        let mut opening = State::default();
        for (number, rated) in (0..).zip(fold(&contract, &world, 14)) {
            let period = contract.calendar().period(number).unwrap();
            match State::before(&contract, &period) {
                Some(state) => prop_assert_eq!(&state, &opening),
                None => prop_assert!(!world.base.wallets.is_empty()),
            }
            let usage = world.usage(&period);
            let alone = rate(&opening, &contract, &period, &world.products(), &usage);
            prop_assert_eq!(alone, Ok(rated.clone()));
            opening = rated.closing;
        }
    }

    /// A contract that refuses decreases is refused if an amendment lowers what is paid for.
    #[test]
    fn a_decrease_is_refused_and_nothing_else(mut world in world()) {
        world.before = None;
        world.settings.decrease = Decrease::NextYear;
        if world.contract().is_none() { return Ok(()) }
        let lowers = Reference::new(&world).lowers();
        world.settings.decrease = Decrease::Refused;
        prop_assert_eq!(world.contract().is_none(), lowers);
    }

    #[test]
    fn a_total_is_the_sum_of_its_charges_and_a_charge_that_of_its_steps(world in world()) {
        let Some(contract) = world.contract() else { return Ok(()) };
        let currency = contract.currency();
        for Rated { bill, .. } in fold(&contract, &world, 14) {
            let mut sum = 0;
            for charge in &bill.charges {
                let steps: Exact = charge.steps.iter().map(Step::value).sum();
                prop_assert_eq!(steps.to_money(currency), Ok(charge.amount));
                // Money never crosses currencies.
                prop_assert_eq!(charge.amount.currency(), currency);
                sum += charge.amount.minor();
            }
            prop_assert_eq!(bill.total, Money::from_minor(sum, currency));
        }
    }
}

fn equals_the_reference(world: &World) -> Result<(), TestCaseError> {
    let Some(contract) = world.contract() else {
        return Ok(());
    };
    let reference = Reference::new(world);
    let periods = reference.len() as u32;
    let stops = world.settings.after_end == crate::contract::AfterEnd::Stop;
    let after = contract.calendar().period(periods);
    prop_assert_eq!(after.is_none(), stops);
    let rated = fold(&contract, world, periods);
    prop_assert_eq!(rated.len() as u32, periods);
    for (number, rated) in (0..).zip(rated) {
        let charged = rated.bill.charges.iter().map(|charge| {
            let kind = charge.kind.to_string();
            (kind, charge.product.clone(), charge.amount.minor())
        });
        let charged: Vec<_> = charged.collect();
        prop_assert_eq!(
            charged,
            reference::charges(&reference, number),
            "period {}",
            number
        );
        for (at, wallet) in rated.bill.wallets.iter().enumerate() {
            let [drawn, owed] = reference.drawn_and_owed(at, number);
            prop_assert_eq!(wallet.consumption.to_string(), drawn, "period {}", number);
            prop_assert_eq!(wallet.owed.to_string(), owed, "period {}", number);
        }
    }
    Ok(())
}

/// The world of a test that needs but one line.
fn simple(change: impl FnOnce(&mut World)) -> (Contract, World) {
    let mut world = World::simple();
    change(&mut world);
    (world.contract().unwrap(), world)
}

fn bill(contract: &Contract, world: &World, number: u32) -> Bill {
    let period = contract.calendar().period(number).unwrap();
    rate_alone(contract, &period, &world.products(), &world.usage(&period)).unwrap()
}

/// Rates a period of a contract whose state follows from its terms.
fn rate_alone(
    contract: &Contract,
    period: &Period,
    products: &Products,
    usage: &Usage,
) -> Result<Bill, RatingError> {
    let opening = State::before(contract, period).expect("a contract without wallets");
    rate(&opening, contract, period, products, usage).map(|rated| rated.bill)
}

/// Rates the first periods of a contract, from its beginning on.
fn fold(contract: &Contract, world: &World, periods: u32) -> Vec<Rated> {
    let products = world.products();
    let periods = (0..periods).map_while(|number| contract.calendar().period(number));
    let periods: Vec<_> = periods
        .map(|period| (period, world.usage(&period)))
        .collect();
    rate_in_order(State::default(), contract, &products, &periods)
}

/// Rates periods that follow each other, each from the state that the one before it leaves.
fn rate_in_order(
    mut opening: State,
    contract: &Contract,
    products: &Products,
    periods: &[(Period, Usage)],
) -> Vec<Rated> {
    let rated = periods.iter().map(|(period, usage)| {
        let rated = rate(&opening, contract, period, products, usage).unwrap();
        opening.clone_from(&rated.closing);
        rated
    });
    rated.collect()
}

#[test]
fn a_product_that_is_missing_is_an_error_and_no_zero() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let rated = rate_alone(&contract, &period, &Products::new(), &world.usage(&period));
    assert_eq!(rated, Err(RatingError::UnknownProduct("P0".to_owned())));
}

#[test]
fn amounts_beyond_all_bounds_are_errors() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let totals = Totals::from([("m0".to_owned(), Quantity::from_scaled(i128::MAX))]);
    let bill = rate_alone(&contract, &period, &world.products(), &totals.into());
    // The largest total there can be still has an exact price.
    assert!(bill.is_ok());
}

/// Ten seats at 10.00 a month from January on, as the year goes on.
fn year(decrease: Decrease, amendments: &[(i8, Option<&str>, Option<u64>)]) -> (Contract, World) {
    simple(|world| {
        world.settings.decrease = decrease;
        world.base.subscription = Some(SubscriptionType::Prepay);
        world.base.minimum = Some(Quantity::from_units(100));
        world.base.lines[0].prepay_quantity = Some(Quantity::from_units(10));
        world.usage = vec![[0; 3]];
        for (month, price, quantity) in amendments {
            let mut change = world.base.clone();
            change.effective = jiff::civil::date(2026, *month, 1);
            change.lines[0].prepay_quantity = quantity.map(Quantity::from_units);
            change.lines[0].prepay_price = price.and_then(|price| Price::parse(price).ok());
            world.amendments.push(change);
        }
    })
}

fn totals(contract: &Contract, world: &World) -> Vec<String> {
    let months = (0..12).map(|number| bill(contract, world, number).total.to_string());
    months.collect()
}

/// It was priced at the price of the day, and gave back more than was paid.
#[test]
fn what_is_given_back_is_given_back_at_the_price_that_was_paid() {
    let changes = [(4, Some("40"), Some(12)), (7, None, Some(5))];
    let (contract, world) = year(Decrease::GivenBack, &changes);
    let totals = totals(&contract, &world);
    assert_eq!(totals[0], "1200.00");
    assert_eq!(totals[3], "720.00");
    // Two at 40.00 and five at 10.00, for six months; half of the minimum.
    assert_eq!(totals[6], "-730.00");
    let back = bill(&contract, &world, 6);
    let steps = back.charges[0].steps.iter();
    let steps: Vec<_> = steps
        .map(|it| (it.quantity.to_string(), it.price.to_string()))
        .collect();
    let step = |quantity: &str, price: &str| (quantity.to_owned(), price.to_owned());
    assert_eq!(steps, [step("-12", "40"), step("-30", "10")]);
    // The charge for the minimum is never more than the minimum.
    assert_eq!(totals[7], "50.00");
}

/// Twelve are paid for until December. So a rise to eleven in October costs nothing, and
/// one to fifteen three at October's price.
#[test]
fn what_is_paid_for_stays_until_the_next_year() {
    let changes = [
        (4, Some("40"), Some(12)),
        (7, None, Some(5)),
        (10, None, Some(11)),
    ];
    let (contract, mut world) = year(Decrease::NextYear, &changes);
    world.base.minimum = None;
    world.usage = vec![[14, 0, 0]];
    let of = |number| {
        let bill = bill(&contract, &world, number);
        let line = &bill.lines[0];
        let kept = line.kept.as_ref().map(ToString::to_string);
        (bill.total.to_string(), line.prepaid.to_string(), kept)
    };
    let kept = || Some("12".to_owned());
    // Two of overage at 12.00, beside what is bought.
    assert_eq!(of(3), ("744.00".to_owned(), "12".to_owned(), None));
    assert_eq!(of(6), ("24.00".to_owned(), "12".to_owned(), kept()));
    assert_eq!(of(9), ("24.00".to_owned(), "12".to_owned(), kept()));
    // Eleven are bought for the next year: 11 × 40.00 × 12, and three of overage.
    assert_eq!(of(12), ("5316.00".to_owned(), "11".to_owned(), None));
    let changes = [
        (4, Some("40"), Some(12)),
        (7, None, Some(5)),
        (10, Some("50"), Some(15)),
    ];
    let (contract, world) = year(Decrease::NextYear, &changes);
    assert_eq!(
        bill(&contract, &world, 9).charges[0].amount.to_string(),
        "450.00"
    );
}

/// 100.00, 50.00 from the 11th on, and twice 3 × 6.665, which is 20.00 on a bill.
#[test]
fn the_minimum_compares_with_what_is_on_the_bill() {
    let (contract, world) = simple(|world| {
        world.base.minimum = Some(Quantity::from_units(100));
        let mut change = world.base.clone();
        change.effective = jiff::civil::date(2026, 1, 11);
        change.minimum = Some(Quantity::from_units(50));
        change.lines.clear();
        world.amendments = vec![change];
        let line = &mut world.base.lines[0];
        line.prepay_quantity = Some(Quantity::from_units(3));
        line.prepay_price = Price::parse("6.665").ok();
        let other = crate::contract::LineChange {
            product: "P1".to_owned(),
            ..line.clone()
        };
        world.base.lines.push(other);
        world.products.push((1, false, false));
        world.usage = vec![[0; 3]];
    });
    let bill = bill(&contract, &world, 0);
    let amounts = bill.charges.iter().map(|it| it.amount.to_string());
    assert_eq!(amounts.collect::<Vec<_>>(), ["20.00", "20.00", "26.13"]);
    assert_eq!(bill.total, bill.minimum.unwrap());
}

#[test]
fn a_ramp_that_ends_begins_another_year() {
    let (contract, _) = simple(|world| {
        world.base.ramp = RampChange {
            start: Some(world.start),
            end: Some(jiff::civil::date(2026, 3, 31)),
            usage: None,
        };
        world.settings.year_start = YearStart::RampEnd;
    });
    let year = |number| {
        let period = contract.calendar().period(number).unwrap();
        let year = contract.periods_of_year(&period).map(|it| it.number);
        year.collect::<Vec<_>>()
    };
    assert_eq!(year(1), [0, 1, 2]);
    assert_eq!(year(3), (3..15).collect::<Vec<_>>());
    assert_eq!(year(14), year(3));
    // The contract ends within its last one.
    assert_eq!(year(20), (15..24).collect::<Vec<_>>());
}

/// A ramp of three months, then ten seats at 10.00.
#[test]
fn a_contract_year_may_count_from_the_end_of_the_ramp() {
    let bought = |year_start| {
        let (contract, world) = simple(|world| {
            world.base.subscription = Some(SubscriptionType::Prepay);
            world.base.ramp = RampChange {
                start: Some(world.start),
                end: Some(jiff::civil::date(2026, 3, 31)),
                usage: None,
            };
            world.base.lines[0].prepay_quantity = Some(Quantity::from_units(10));
            world.usage = vec![[0; 3]];
            world.settings.year_start = year_start;
        });
        let periods = (0..24).map(|number| (number, bill(&contract, &world, number).total));
        let periods = periods.filter(|(_, total)| total.minor() != 0);
        periods
            .map(|(number, total)| (number, total.to_string()))
            .collect::<Vec<_>>()
    };
    let at = |number: u32, total: &str| (number, total.to_owned());
    assert_eq!(
        bought(YearStart::Contract),
        [at(3, "900.00"), at(12, "1200.00")]
    );
    // The second year is cut by the end of the contract.
    assert_eq!(
        bought(YearStart::RampEnd),
        [at(3, "1200.00"), at(15, "900.00")]
    );
}

/// 13 seats and 15 units of a product in tens, of which one bundle is committed. It was
/// charged as one bundle within the commitment and one beyond.
#[test]
fn all_usage_in_a_billed_ramp_costs_the_prepay_price() {
    let charges = |bundle, prepay: Option<&str>| {
        let (contract, world) = simple(|world| {
            world.base.ramp = RampChange {
                start: Some(world.start),
                end: Some(jiff::civil::date(2026, 3, 31)),
                usage: Some(RampUsage::Billed),
            };
            world.products = vec![(bundle, false, false)];
            let line = &mut world.base.lines[0];
            line.prepay_price = prepay.and_then(|price| Price::parse(price).ok());
            line.prepay_quantity = prepay.map(|_| Quantity::ONE);
            line.allowance = Some(Quantity::from_units(2));
            world.usage = vec![[15, 0, 0]];
        });
        let charges = bill(&contract, &world, 0).charges.into_iter();
        let charges = charges.map(|it| (it.kind.to_string(), it.amount.to_string()));
        charges.collect::<Vec<_>>()
    };
    let one = |kind: &str, amount: &str| [(kind.to_owned(), amount.to_owned())];
    // Two are free, beyond the one that is committed.
    assert_eq!(charges(1, Some("10")), one("ramp", "130.00"));
    assert_eq!(charges(1, Some("0")), one("ramp", "0.00"));
    assert_eq!(charges(1, None), one("overage", "156.00"));
    assert_eq!(charges(10, Some("10")), one("ramp", "20.00"));
    assert_eq!(charges(10, None), one("overage", "24.00"));
}

/// The year was counted as bought while nothing was paid for it.
#[test]
fn a_developer_who_becomes_a_customer_pays_from_then_on() {
    let (contract, world) = simple(|world| {
        world.base.subscription = Some(SubscriptionType::DevOrgPrepay);
        world.usage = vec![[0; 3]];
        let mut change = world.base.clone();
        change.effective = jiff::civil::date(2026, 4, 1);
        change.subscription = Some(SubscriptionType::Prepay);
        world.amendments = vec![change];
    });
    let totals = totals(&contract, &world);
    assert_eq!((totals[0].as_str(), totals[3].as_str()), ("0.00", "180.00"));
    assert_eq!(totals[4], "0.00");
}

#[test]
fn a_change_of_prices_without_the_usage_until_then_is_an_error() {
    let (contract, world) = simple(|world| {
        let mut change = world.base.clone();
        change.effective = jiff::civil::date(2026, 1, 11);
        change.lines[0].overage = Some(crate::contract::Overage::Flat(Price::ZERO));
        world.amendments = vec![change];
        world.levels = [false; 3];
    });
    let period = contract.calendar().period(0).unwrap();
    let mut usage = world.usage(&period);
    let day = jiff::civil::date(2026, 1, 11);
    assert_eq!(contract.price_changes(&period), [day]);
    let ranges = contract.usage_ranges(&period);
    assert_eq!(ranges.until[&day].range.start(), period.range.start());
    assert_eq!(
        ranges.until[&day].range.end(),
        contract.calendar().midnight(day)
    );
    assert!(rate_alone(&contract, &period, &world.products(), &usage).is_ok());
    usage.until.clear();
    let rated = rate_alone(&contract, &period, &world.products(), &usage);
    assert_eq!(rated, Err(RatingError::NoTotals(day)));
}

/// It was charged as overage of a commitment that shrank with the period: 10,554.84.
#[test]
fn committed_seats_are_included_in_a_short_period_too() {
    let (contract, world) = simple(|world| {
        world.end = Some(jiff::civil::date(2026, 3, 10));
        world.base.lines[0].prepay_quantity = Some(Quantity::from_units(80));
        world.base.lines[0].prepay_price = Price::parse("115").ok();
        world.usage = vec![[80, 0, 0]];
    });
    assert_eq!(bill(&contract, &world, 1).total.to_string(), "9200.00");
    // 80 × 115.00 × 10/31
    assert_eq!(bill(&contract, &world, 2).total.to_string(), "2967.74");
}
