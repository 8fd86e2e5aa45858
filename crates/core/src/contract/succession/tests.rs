use jiff::civil::{Date, date};

use super::*;
use crate::contract::{Change, LineChange, Overage, RampChange, Settings, SubscriptionType};
use crate::ids::OrganizationId;
use crate::money::Price;
use crate::period::Calendar;

fn contract(number: &str, zone: &str, start: Date, end: Option<Date>) -> Contract {
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
        Calendar::new(zone, start, end).unwrap(),
        Settings::default(),
        &base,
        Vec::new(),
    )
    .unwrap()
}

/// A contract of 2026, and one from a day on, the second being put.
fn pair(zone: &str, next: &str, start: Date) -> Vec<Contract> {
    let end = Some(date(2026, 12, 31));
    in_succession(vec![
        contract("next", next, start, None),
        contract("first", zone, date(2026, 1, 1), end),
    ])
}

const NEW_YEAR: Date = date(2027, 1, 1);

#[test]
fn a_contract_that_follows_begins_where_the_other_one_ends() {
    for (zone, next) in [
        ("UTC", "UTC"),
        ("Europe/Berlin", "America/New_York"),
        ("America/New_York", "Europe/Berlin"),
        ("UTC", "Asia/Tokyo"),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
        ("Pacific/Pago_Pago", "Pacific/Kiritimati"),
    ] {
        let contracts = pair(zone, next, NEW_YEAR);
        let [first, next] = [&contracts[0], &contracts[1]].map(Contract::calendar);
        let border = first.ends().unwrap();
        assert_eq!(next.begins(), border, "{zone}");
        assert_eq!(check_succession(&contracts, "next"), Ok(()));
        assert_eq!(check_succession(&contracts, "first"), Ok(()));
        let period = next.period(0).unwrap();
        assert_eq!(period.range.start(), border);
        // Its days and its other periods are those of its own zone.
        assert_eq!((period.first, period.days()), (NEW_YEAR, 31));
        let second = next.period(1).unwrap();
        assert_eq!(second.range.start(), next.midnight(date(2027, 2, 1)));
        // Each instant is in one of them.
        let before = Instant::from_micros(border.micros() - 1);
        assert_eq!(first.latest(before).unwrap().number, 11);
        assert_eq!(next.latest(before), None);
        assert_eq!(next.latest(border), Some(period));
        assert_eq!(next.opens(NEW_YEAR), border);
        assert!(next.opens(date(2027, 1, 2)) >= border);
    }
}

#[test]
fn hours_that_nobody_meant_are_refused_and_days_are_not() {
    let day = date(2027, 1, 2);
    // The 2nd of Auckland begins eleven hours after the 31st of December has ended.
    let contracts = pair("UTC", "Pacific/Auckland", day);
    let refused = check_succession(&contracts, "first").unwrap_err();
    assert_eq!(Err(refused.clone()), check_succession(&contracts, "next"));
    assert!(
        matches!(refused, Clash::Hours { minutes: 660, .. }),
        "{refused}"
    );
    for (zone, next, day) in [
        ("UTC", "UTC", day),
        ("Pacific/Auckland", "UTC", day),
        ("UTC", "Pacific/Auckland", date(2027, 1, 3)),
    ] {
        let contracts = pair(zone, next, day);
        assert_eq!(check_succession(&contracts, "next"), Ok(()), "{zone}");
    }
}

#[test]
fn an_instant_that_two_share_is_refused() {
    let overlap = |other: &str| Err(Clash::Overlap(other.to_owned()));
    let contracts = pair("UTC", "UTC", date(2026, 12, 31));
    assert_eq!(check_succession(&contracts, "next"), overlap("first"));
    let contracts = pair("UTC", "Pacific/Auckland", date(2026, 12, 31));
    assert_eq!(check_succession(&contracts, "first"), overlap("next"));
    // A day that is over where it follows another one cannot begin then.
    let contracts = in_succession(vec![
        contract(
            "a",
            "Pacific/Pago_Pago",
            date(2026, 1, 1),
            Some(date(2026, 12, 31)),
        ),
        contract("b", "Pacific/Kiritimati", NEW_YEAR, Some(NEW_YEAR)),
    ]);
    assert_eq!(check_succession(&contracts, "b"), overlap("a"));
}
