//! Rating against a brute-force reference, and the laws that it keeps.

mod laws;
mod reference;
mod world;

use proptest::prelude::*;

use super::*;
use crate::exact::Exact;
use crate::money::Price;
use world::{World, world};

proptest! {
    /// Every charge of every period is what counting day by day and unit by
    /// unit gives.
    #[test]
    fn charges_equal_the_reference(world in world()) {
        let Some(contract) = world.contract() else { return Ok(()) };
        let periods = reference::periods(&world).len();
        prop_assert_eq!(contract.calendar().period(periods as u32).is_none(),
            world.settings.after_end == crate::contract::AfterEnd::Stop);
        for number in 0..periods as u32 {
            let period = contract.calendar().period(number).unwrap();
            let bill = rate(&contract, &period, &world.products(), &world.usage(&period)).unwrap();
            let charged: Vec<_> = bill.charges.iter().map(|charge| {
                (charge.kind.to_string(), charge.product.clone(), charge.amount.minor())
            }).collect();
            prop_assert_eq!(charged, reference::charges(&world, number), "period {}", number);
        }
    }

    #[test]
    fn a_total_is_the_sum_of_its_charges_and_a_charge_that_of_its_steps(world in world()) {
        let Some(contract) = world.contract() else { return Ok(()) };
        let currency = contract.currency();
        for number in 0..14 {
            let Some(period) = contract.calendar().period(number) else { break };
            let bill = rate(&contract, &period, &world.products(), &world.usage(&period)).unwrap();
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

/// The world of a test that needs but one line.
fn simple(change: impl FnOnce(&mut World)) -> (Contract, World) {
    let mut world = World::simple();
    change(&mut world);
    (world.contract().unwrap(), world)
}

fn bill(contract: &Contract, world: &World, number: u32) -> Bill {
    let period = contract.calendar().period(number).unwrap();
    rate(contract, &period, &world.products(), &world.usage(&period)).unwrap()
}

#[test]
fn a_product_that_is_missing_is_an_error_and_no_zero() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let rated = rate(&contract, &period, &Products::new(), &world.usage(&period));
    assert_eq!(rated, Err(RatingError::UnknownProduct("P0".to_owned())));
}

#[test]
fn amounts_beyond_all_bounds_are_errors() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let totals = Totals::from([("m0".to_owned(), Quantity::from_scaled(i128::MAX))]);
    let bill = rate(&contract, &period, &world.products(), &totals.into());
    // The largest total there can be still has an exact price.
    assert!(bill.is_ok());
}

/// Ten seats at 10.00 a month from January on, as the year goes on.
fn year(amendments: &[(i8, Option<&str>, Option<u64>)]) -> (Contract, World) {
    simple(|world| {
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
    let (contract, world) = year(&[(4, Some("40"), Some(12)), (7, None, Some(5))]);
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
    assert!(rate(&contract, &period, &world.products(), &usage).is_ok());
    usage.until.clear();
    let rated = rate(&contract, &period, &world.products(), &usage);
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
