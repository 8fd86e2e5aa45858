use jiff::civil::{Date, date};

use super::*;
use crate::contract::{Change, LineChange, Overage, RampChange, Settings, SubscriptionType};
use crate::ids::OrganizationId;
use crate::money::Price;
use crate::period::Calendar;

fn contract(number: &str, start: Date, end: Option<Date>) -> Contract {
    let base = Change {
        effective: start,
        subscription: Some(SubscriptionType::MonthToMonth),
        ramp: RampChange::default(),
        minimum: None,
        lines: vec![LineChange {
            product: "CX3".to_owned(),
            overage: Some(Overage::Flat(Price::ZERO)),
            ..LineChange::default()
        }],
        wallets: Vec::new(),
    };
    Contract::new(
        number.to_owned(),
        OrganizationId::from_bytes([1; 16]),
        "USD".parse().unwrap(),
        Calendar::new("UTC", start, end).unwrap(),
        Settings::default(),
        &base,
        Vec::new(),
    )
    .unwrap()
}

fn at(day: Date) -> Instant {
    Calendar::new("UTC", day, None).unwrap().midnight(day)
}

/// January to mid-March, then from 10 May on; in any order.
fn contracts() -> Vec<Contract> {
    vec![
        contract("second", date(2026, 5, 10), None),
        contract("first", date(2026, 1, 1), Some(date(2026, 3, 15))),
        contract("future", date(2030, 1, 1), None),
    ]
}

#[test]
fn indices_count_backwards_through_earlier_contracts() {
    let contracts = contracts();
    let schedule = Schedule::new(&contracts, at(date(2026, 6, 30)));
    let firsts: Vec<String> = (0..schedule.len())
        .map(|index| {
            let found = schedule.at(index).unwrap();
            assert_eq!(found.index, index);
            format!("{} {}", found.contract.number(), found.period.first)
        })
        .collect();
    assert_eq!(
        firsts,
        [
            "second 2026-06-10",
            "second 2026-05-10",
            "first 2026-03-01",
            "first 2026-02-01",
            "first 2026-01-01"
        ]
    );
    assert_eq!(schedule.at(5), None);
    assert_eq!(schedule.at(u32::MAX), None);
}

#[test]
fn between_and_after_contracts_the_last_period_is_the_current_one() {
    let contracts = contracts();
    let between = Schedule::new(&contracts, at(date(2026, 4, 1)));
    assert_eq!(between.at(0).unwrap().period.first, date(2026, 3, 1));
    let before = Schedule::new(&contracts, at(date(2025, 12, 31)));
    assert!(before.is_empty() && before.at(0).is_none());
}

#[test]
fn a_period_is_found_by_an_instant() {
    let contracts = contracts();
    let schedule = Schedule::new(&contracts, at(date(2026, 6, 30)));
    let index = |instant| schedule.containing(instant).map(|found| found.index);
    assert_eq!(index(at(date(2026, 6, 10))), Some(0));
    assert_eq!(index(at(date(2026, 2, 28))), Some(3));
    assert_eq!(index(at(date(2026, 4, 1))), None);
    assert_eq!(index(at(date(2025, 12, 31))), None);
    assert_eq!(index(at(date(2026, 7, 10))), None);
}
