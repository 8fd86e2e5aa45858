mod wallets;

use jiff::civil::date;

use super::*;
use crate::money::Price;

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn priced(product: &str) -> LineChange {
    LineChange {
        product: product.to_owned(),
        overage: Some(Overage::Flat(Price::ZERO)),
        ..LineChange::default()
    }
}

fn committed(product: &str, units: &str) -> LineChange {
    LineChange {
        prepay_quantity: Some(quantity(units)),
        prepay_price: Some(Price::ZERO),
        ..priced(product)
    }
}

fn change(effective: Date, lines: Vec<LineChange>) -> Change {
    Change {
        effective,
        subscription: None,
        ramp: RampChange::default(),
        minimum: None,
        lines,
        wallets: Vec::new(),
    }
}

fn base(lines: Vec<LineChange>) -> Change {
    Change {
        subscription: Some(SubscriptionType::PrepayMonthlyCommitment),
        ..change(date(2026, 1, 15), lines)
    }
}

/// From 15 January 2026 to 31 March 2027.
fn build(base: &Change, amendments: Vec<Change>) -> Result<Contract, ContractError> {
    let calendar = Calendar::new("UTC", date(2026, 1, 15), Some(date(2027, 3, 31))).unwrap();
    let organization = OrganizationId::from_bytes([1; 16]);
    let currency = "JPY".parse().unwrap();
    Contract::new(
        "C-1".to_owned(),
        organization,
        currency,
        calendar,
        Settings::default(),
        base,
        amendments,
    )
}

fn with_line(line: LineChange) -> Result<Contract, ContractError> {
    build(&base(vec![committed("CX3", "80"), line]), Vec::new())
}

fn tiers(borders: &[Option<&str>]) -> LineChange {
    let tiers = borders.iter().map(|border| Tier {
        up_to: border.map(quantity),
        price: Price::ZERO,
        flat: None,
    });
    LineChange {
        overage: Some(Overage::Tiers(TierMode::Graduated, tiers.collect())),
        ..priced("VOICE")
    }
}

#[test]
fn amendments_change_what_they_name_from_their_day_on() {
    let more = LineChange {
        product: "CX3".to_owned(),
        prepay_quantity: Some(quantity("100")),
        ..LineChange::default()
    };
    let amendments = vec![
        change(date(2026, 6, 15), vec![priced("VOICE")]),
        change(date(2026, 3, 1), vec![more]),
    ];
    let contract = build(&base(vec![committed("CX3", "80")]), amendments).unwrap();
    let units = |day| contract.terms_at(day).lines[0].prepay_quantity.to_string();
    assert_eq!(units(date(2026, 2, 28)), "80");
    assert_eq!(units(date(2026, 3, 1)), "100");
    assert!(contract.terms_at(date(2026, 6, 14)).line("VOICE").is_none());
    assert!(contract.terms_at(date(2026, 6, 15)).line("VOICE").is_some());
    // 14 days of 80 and 14 of 100 in the period from 15 February.
    let period = contract.calendar().period(1).unwrap();
    let weighted = contract.weighted(&period, |terms| Some(terms.lines[0].prepay_quantity));
    assert_eq!(weighted.to_string(), "90");
    assert_eq!(contract.amended(&period), Some(date(2026, 3, 1)));
    assert_eq!(
        contract.amended(&contract.calendar().period(0).unwrap()),
        None
    );
}

#[test]
fn only_quantities_and_prices_change_within_a_period() {
    let within = |change: Change| {
        let day = change.effective;
        let contract = build(&base(vec![committed("CX3", "80")]), vec![change]);
        match contract {
            Err(ContractError::WithinPeriod { day: at, .. }) => {
                assert_eq!(at, day);
                false
            }
            other => other.map(|_| true).unwrap(),
        }
    };
    let price = || LineChange {
        product: "CX3".to_owned(),
        prepay_price: Some(Price::parse("1").unwrap()),
        ..LineChange::default()
    };
    let (inside, border) = (date(2026, 3, 1), date(2026, 3, 15));
    let units = change(inside, vec![committed("CX3", "90")]);
    assert!(within(Change {
        minimum: Some(quantity("5")),
        ..units
    }));
    for day in [inside, border] {
        let at_border = day == border;
        assert!(within(change(day, vec![price()])));
        assert_eq!(within(change(day, vec![priced("NEW")])), at_border);
        let subscription = Some(SubscriptionType::Prepay);
        assert_eq!(
            within(Change {
                subscription,
                ..change(day, vec![])
            }),
            at_border
        );
        let ramp = RampChange {
            start: Some(border),
            end: Some(date(2026, 4, 14)),
            usage: None,
        };
        assert_eq!(
            within(Change {
                ramp,
                ..change(day, vec![])
            }),
            at_border
        );
    }
}

#[test]
fn commitments_need_a_price_and_a_type_that_has_them() {
    let unpriced = LineChange {
        prepay_price: None,
        ..committed("CX2", "1")
    };
    assert_eq!(
        with_line(unpriced).err(),
        Some(ContractError::NoPrepayPrice("CX2".to_owned()))
    );
    let subscription = SubscriptionType::MonthToMonth;
    let arrears = Change {
        subscription: Some(subscription),
        ..base(vec![committed("CX3", "1")])
    };
    let product = "CX3".to_owned();
    let refused = ContractError::CommitmentRefused {
        product,
        subscription,
    };
    assert_eq!(build(&arrears, Vec::new()).err(), Some(refused));
    let none = Change {
        subscription: Some(subscription),
        ..base(vec![committed("CX3", "0")])
    };
    assert!(build(&none, Vec::new()).is_ok());
}

#[test]
fn tiers_leave_no_gap() {
    assert!(with_line(tiers(&[None])).is_ok());
    assert!(with_line(tiers(&[Some("0.5"), Some("10"), None])).is_ok());
    for borders in [
        &[][..],
        &[Some("10")],
        &[None, None],
        &[Some("0"), None],
        &[Some("10"), Some("10"), None],
        &[Some("10"), None, Some("20")],
    ] {
        let refused = with_line(tiers(borders)).err();
        assert_eq!(
            refused,
            Some(ContractError::Tiers("VOICE".to_owned())),
            "{borders:?}"
        );
    }
}

#[test]
fn fair_use_counts_other_lines_once() {
    let fair_use = |licences: &[&str]| {
        let fair_use = licences.iter().map(|licence| FairUse {
            licence: (*licence).to_owned(),
            amount: Quantity::ONE,
        });
        with_line(LineChange {
            fair_use: Some(fair_use.collect()),
            ..priced("VOICE")
        })
    };
    assert!(fair_use(&["CX3"]).is_ok());
    for licences in [&["CX2"][..], &["VOICE"], &["CX3", "CX3"]] {
        assert!(fair_use(licences).is_err(), "{licences:?}");
    }
}

#[test]
fn days_are_checked() {
    let on = |day| {
        build(
            &base(vec![committed("CX3", "1")]),
            vec![change(day, vec![])],
        )
        .err()
    };
    for day in [date(2026, 1, 15), date(2026, 1, 1), date(2027, 4, 1)] {
        assert_eq!(on(day), Some(ContractError::AmendmentOutside(day)));
    }
    assert_eq!(on(date(2027, 3, 31)), None);
    let day = date(2026, 2, 1);
    let twice = vec![change(day, vec![]), change(day, vec![])];
    let refused = build(&base(vec![priced("CX3")]), twice).err();
    assert_eq!(refused, Some(ContractError::RepeatedAmendment(day)));
}

#[test]
fn a_ramp_consists_of_whole_periods() {
    let ramp = |start: Option<Date>, end: Option<Date>| {
        let ramp = RampChange {
            start,
            end,
            usage: None,
        };
        let base = Change {
            ramp,
            ..base(vec![priced("CX3")])
        };
        build(&base, Vec::new()).is_ok()
    };
    let start = Some(date(2026, 1, 15));
    assert!(ramp(start, Some(date(2026, 3, 14))));
    assert!(ramp(start, Some(date(2027, 3, 31))));
    assert!(!ramp(start, Some(date(2026, 3, 15))));
    assert!(!ramp(Some(date(2026, 1, 16)), Some(date(2026, 3, 14))));
    assert!(!ramp(Some(date(2026, 2, 15)), Some(date(2026, 2, 14))));
    assert!(!ramp(start, None) && !ramp(None, start));
}

#[test]
fn tiers_are_replaced_as_a_whole() {
    let line = |borders: &[Option<&str>]| LineChange {
        allowance: Some(quantity("5")),
        ..tiers(borders)
    };
    let two = line(&[Some("1000"), None]);
    let amended = |day, change_of_line| {
        let lines = vec![committed("CX3", "80"), two.clone()];
        build(&base(lines), vec![change(day, vec![change_of_line])])
    };
    let within = date(2026, 5, 11);
    let mut prices = two.clone();
    prices.allowance = None;
    if let Some(Overage::Tiers(_, tiers)) = &mut prices.overage {
        tiers[0].price = Price::parse("0.18").unwrap();
    }
    let contract = amended(within, prices.clone()).unwrap();
    let changed = contract.terms_at(within).line("VOICE").unwrap();
    // What the amendment leaves out stays.
    assert_eq!(Some(&changed.overage), prices.overage.as_ref());
    assert_eq!(changed.allowance, Some(quantity("5")));
    for other in [line(&[Some("500"), None]), line(&[None]), priced("VOICE")] {
        let refused = amended(within, other.clone()).err();
        assert!(
            matches!(refused, Some(ContractError::WithinPeriod { .. })),
            "{refused:?}"
        );
        let contract = amended(date(2026, 5, 15), other.clone()).unwrap();
        let changed = contract.terms_at(date(2026, 5, 15)).line("VOICE").unwrap();
        assert_eq!(Some(&changed.overage), other.overage.as_ref());
    }
}

#[test]
fn fair_use_may_count_a_line_that_comes_with_it() {
    let fair_use = |licence: &str| LineChange {
        fair_use: Some(vec![FairUse {
            licence: licence.to_owned(),
            amount: quantity("50"),
        }]),
        ..priced("VOICE")
    };
    let amended = |day, lines| {
        build(
            &base(vec![committed("CX3", "80")]),
            vec![change(day, lines)],
        )
    };
    let begins = date(2026, 6, 15);
    let both = amended(begins, vec![fair_use("CX2"), priced("CX2")]).unwrap();
    assert!(both.terms_at(date(2026, 6, 14)).line("VOICE").is_none());
    assert_eq!(
        both.terms_at(begins).line("VOICE").unwrap().fair_use.len(),
        1
    );
    // It must be a line by then, and both begin with a period.
    let refused = amended(begins, vec![fair_use("CX2")]).err();
    assert!(
        matches!(refused, Some(ContractError::Licence { .. })),
        "{refused:?}"
    );
    let refused = amended(date(2026, 6, 16), vec![fair_use("CX2"), priced("CX2")]).err();
    assert!(
        matches!(refused, Some(ContractError::WithinPeriod { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_was_paid_for_a_year_holds_for_that_year() {
    let prepay = Change {
        subscription: Some(SubscriptionType::Prepay),
        ..base(vec![committed("CX3", "1")])
    };
    let monthly = |day| Change {
        subscription: Some(SubscriptionType::PrepayMonthlyCommitment),
        ..change(day, vec![])
    };
    let day = date(2026, 6, 15);
    let refused = build(&prepay, vec![monthly(day)]).err();
    assert_eq!(refused, Some(ContractError::PrepaidYear(day)));
    assert!(build(&prepay, vec![monthly(date(2027, 1, 15))]).is_ok());
    // Neither can it become free of charge, while developers have paid nothing.
    let becomes = |subscription, day| Change {
        subscription: Some(subscription),
        ..change(day, vec![])
    };
    let free = becomes(SubscriptionType::DevOrgPrepay, day);
    let refused = build(&prepay, vec![free]).err();
    assert_eq!(refused, Some(ContractError::PrepaidYear(day)));
    let developer = Change {
        subscription: Some(SubscriptionType::DevOrgPrepay),
        ..prepay.clone()
    };
    let paid = becomes(SubscriptionType::Prepay, day);
    assert!(build(&developer, vec![paid]).is_ok());
    let ramp = RampChange {
        start: Some(date(2026, 3, 15)),
        end: Some(date(2026, 4, 14)),
        usage: None,
    };
    let refused = build(&Change { ramp, ..prepay }, Vec::new()).err();
    assert_eq!(refused, Some(ContractError::PrepaidYear(date(2026, 3, 15))));
}

#[test]
fn a_minimum_has_the_decimals_of_its_currency() {
    let minimum = |text: &str| {
        let minimum = Some(quantity(text));
        build(
            &Change {
                minimum,
                ..base(vec![priced("CX3")])
            },
            Vec::new(),
        )
        .is_ok()
    };
    assert!(minimum("1000") && minimum("1000.0") && !minimum("1000.5"));
}

#[test]
fn products_are_checked() {
    let product = |sku: &str, bundle: u64| Product {
        sku: sku.to_owned(),
        name: "name".to_owned(),
        charge: "charge".to_owned(),
        meter: Some("meter".to_owned()),
        grouping: "grouping".to_owned(),
        unit: "unit".to_owned(),
        unit_of_measure: "Each".to_owned(),
        bundle: Quantity::from_units(bundle),
        third_party: false,
        charged_in_ramp: false,
        cancellable: false,
    };
    let contract = with_line(tiers(&[None])).unwrap();
    let with = |bundle| {
        let both = [product("CX3", 10), product("VOICE", bundle)];
        let products = both.map(|product| (product.sku.clone(), product));
        contract.check_products(&products.into())
    };
    assert_eq!(with(1), Ok(()));
    let refused = ContractError::BundleWithTiers("VOICE".to_owned());
    assert_eq!(with(2), Err(refused));
    assert!(contract.check_products(&Products::new()).is_err());

    assert_eq!(product("CX3", 1).validate(), Ok(()));
    assert_eq!(product("CX3", 0).validate(), Err(ProductError::Bundle));
    let half = Product {
        bundle: quantity("1.5"),
        ..product("CX3", 1)
    };
    assert_eq!(half.validate(), Err(ProductError::Bundle));
    let unit = Product {
        unit_of_measure: "Parsec".to_owned(),
        ..product("CX3", 1)
    };
    assert_eq!(unit.validate(), Err(ProductError::Unit));
    assert!(product(&"x".repeat(65), 1).validate().is_err());
    assert!(product("a\nb", 1).validate().is_err());
}

#[test]
fn subscription_types_are_read_as_they_are_written() {
    for (known, name) in [
        (SubscriptionType::Inin, "ININ"),
        (
            SubscriptionType::FreeTrialMonthToMonth,
            "FREE_TRIAL_MONTH_TO_MONTH",
        ),
        (SubscriptionType::DevOrgPrepay, "DEV_ORG_PREPAY"),
    ] {
        assert_eq!(
            (known.to_string().as_str(), name.parse()),
            (name, Ok(known))
        );
    }
    assert!("prepay".parse::<SubscriptionType>().is_err());
}
