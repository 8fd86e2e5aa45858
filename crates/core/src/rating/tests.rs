//! Rating against a brute-force reference, and the laws that it keeps.

mod laws;
mod reference;
mod world;

use proptest::prelude::*;

use super::*;
use crate::exact::Exact;
use world::{World, world};

proptest! {
    /// Every charge of every period is what counting day by day and unit by
    /// unit gives.
    #[test]
    fn charges_equal_the_reference(world in world()) {
        let Some(contract) = world.contract() else { return Ok(()) };
        for number in 0.. {
            let Some(period) = contract.calendar().period(number) else { break };
            let totals = world.totals(number);
            let bill = rate(&contract, &period, &world.products(), &totals).unwrap();
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
            let bill = rate(&contract, &period, &world.products(), &world.totals(number)).unwrap();
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
    rate(contract, &period, &world.products(), &world.totals(number)).unwrap()
}

#[test]
fn a_product_that_is_missing_is_an_error_and_no_zero() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let rated = rate(&contract, &period, &Products::new(), &world.totals(0));
    assert_eq!(rated, Err(RatingError::UnknownProduct("P0".to_owned())));
}

#[test]
fn amounts_beyond_all_bounds_are_errors() {
    let (contract, world) = simple(|_| {});
    let period = contract.calendar().period(0).unwrap();
    let totals = Totals::from([("m0".to_owned(), Quantity::from_scaled(i128::MAX))]);
    let bill = rate(&contract, &period, &world.products(), &totals);
    // The largest total there can be still has an exact price.
    assert!(bill.is_ok());
}
