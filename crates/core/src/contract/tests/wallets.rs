//! Rules of wallets and of the conversion of units into tokens.

use super::*;

fn converting(product: &str, target: ConversionTarget) -> LineChange {
    let rate = ConversionRate::UnitsPerToken(quantity("17"));
    LineChange {
        conversion: Some(Conversion { target, rate }),
        ..priced(product)
    }
}

fn into(product: &str) -> ConversionTarget {
    ConversionTarget::Line(product.to_owned())
}

fn from(product: &str) -> ConversionTarget {
    ConversionTarget::Wallet(product.to_owned())
}

fn wallet(product: &str, units: &str) -> WalletChange {
    WalletChange {
        product: product.to_owned(),
        term: Some(WalletTerm::Year),
        quantity: Some(quantity(units)),
        price: Some(Price::ZERO),
    }
}

/// A contract of month to month: a wallet, and a line that draws from it.
fn with_wallet() -> Change {
    Change {
        subscription: Some(SubscriptionType::MonthToMonth),
        wallets: vec![wallet("AI", "100")],
        ..base(vec![converting("VOICE", from("AI"))])
    }
}

fn refill(effective: Date, wallets: Vec<WalletChange>) -> Change {
    Change {
        wallets,
        ..change(effective, Vec::new())
    }
}

fn refused(base: &Change, amendments: Vec<Change>) -> ContractError {
    build(base, amendments).unwrap_err()
}

#[test]
fn units_are_converted_into_another_line_that_does_not_convert() {
    let lines = |lines| build(&base(lines), Vec::new());
    let tokens = || "AI".to_owned();
    assert!(lines(vec![converting("VOICE", into("AI")), priced("AI")]).is_ok());
    for target in ["AI", "VOICE"] {
        let error = ContractError::TokenLine {
            product: "VOICE".to_owned(),
            tokens: target.to_owned(),
        };
        assert_eq!(
            lines(vec![converting("VOICE", into(target))]),
            Err(error),
            "{target}"
        );
    }
    let chain = vec![
        converting("VOICE", into("AI")),
        converting("AI", into("OTHER")),
        priced("OTHER"),
    ];
    let product = "VOICE".to_owned();
    let error = ContractError::TokensConverted {
        product: product.clone(),
        tokens: tokens(),
    };
    assert_eq!(lines(chain), Err(error));
    // Fair use for each token would go round in circles.
    let fair_use = LineChange {
        fair_use: Some(vec![FairUse {
            licence: tokens(),
            amount: quantity("1"),
        }]),
        ..converting("VOICE", into("AI"))
    };
    let error = ContractError::TokenLicence {
        product,
        licence: tokens(),
    };
    assert_eq!(lines(vec![fair_use, priced("AI")]), Err(error));
}

#[test]
fn a_rate_is_above_0() {
    for rate in [
        ConversionRate::UnitsPerToken(Quantity::ZERO),
        ConversionRate::TokensPerUnit(Quantity::ZERO),
    ] {
        let target = into("AI");
        let line = LineChange {
            conversion: Some(Conversion { target, rate }),
            ..priced("VOICE")
        };
        assert_eq!(
            refused(&base(vec![line, priced("AI")]), Vec::new()),
            ContractError::ConversionRate("VOICE".to_owned())
        );
    }
    let [by_units, by_tokens] = [
        ConversionRate::UnitsPerToken(quantity("17")),
        ConversionRate::TokensPerUnit(quantity("1.5")),
    ];
    let ten = || Exact::whole(10);
    assert_eq!(by_units.tokens(ten()).to_string(), "10/17");
    assert_eq!(by_tokens.tokens(ten()).to_string(), "15");
    for rate in [by_units, by_tokens] {
        assert_eq!(rate.units(rate.tokens(ten())), ten());
    }
}

#[test]
fn a_wallet_has_a_term_a_price_and_a_line_that_draws() {
    let wallets = |wallets| {
        let base = Change {
            wallets,
            ..with_wallet()
        };
        build(&base, Vec::new()).map(|_| ())
    };
    assert_eq!(wallets(vec![wallet("AI", "100")]), Ok(()));
    let half = Err(ContractError::HalfWallet("AI".to_owned()));
    let change = || wallet("AI", "100");
    assert_eq!(
        wallets(vec![WalletChange {
            term: None,
            ..change()
        }]),
        half
    );
    assert_eq!(
        wallets(vec![WalletChange {
            price: None,
            ..change()
        }]),
        half
    );
    assert_eq!(
        wallets(vec![change(), change()]),
        Err(ContractError::RepeatedWallet("AI".to_owned()))
    );
    assert_eq!(
        wallets(vec![change(), wallet("SMS", "0")]),
        Err(ContractError::IdleWallet("SMS".to_owned()))
    );
    let error = ContractError::UnknownWallet {
        product: "VOICE".to_owned(),
        wallet: "AI".to_owned(),
    };
    assert_eq!(wallets(Vec::new()), Err(error));
    // The line may not turn away from it either.
    let away = change_of(date(2026, 3, 15), converting("VOICE", into("OTHER")));
    assert_eq!(
        refused(&with_wallet(), vec![away]),
        ContractError::IdleWallet("AI".to_owned())
    );
}

/// An amendment with a line, and the line of another product.
fn change_of(day: Date, line: LineChange) -> Change {
    change(day, vec![line, priced("OTHER")])
}

#[test]
fn a_trial_buys_no_wallet() {
    let trial = |units| {
        let base = Change {
            subscription: Some(SubscriptionType::FreeTrialMonthToMonth),
            wallets: vec![wallet("AI", units)],
            ..with_wallet()
        };
        build(&base, Vec::new()).map(|_| ())
    };
    assert_eq!(trial("0"), Ok(()));
    let error = ContractError::WalletRefused {
        product: "AI".to_owned(),
        subscription: SubscriptionType::FreeTrialMonthToMonth,
    };
    assert_eq!(trial("1"), Err(error));
}

#[test]
fn units_and_prices_of_a_wallet_change_on_any_day_and_its_term_with_a_year() {
    let term = || WalletChange {
        term: Some(WalletTerm::Period),
        quantity: None,
        price: None,
        ..wallet("AI", "0")
    };
    let put = |day, wallet| build(&with_wallet(), vec![refill(day, vec![wallet])]).map(|_| ());
    let (inside, border, year) = (date(2026, 3, 1), date(2026, 3, 15), date(2027, 1, 15));
    assert_eq!(put(inside, wallet("AI", "150")), Ok(()));
    assert_eq!(put(inside, wallet("AI", "50")), Ok(()));
    let error = |day| {
        let product = "AI".to_owned();
        Err(ContractError::WalletTerm { day, product })
    };
    assert_eq!(put(inside, term()), error(inside));
    assert_eq!(put(border, term()), error(border));
    assert_eq!(put(year, term()), Ok(()));
    // A new wallet, and a line that draws from it, begin with a period.
    let new = |day| {
        let mut amendment = change(day, vec![converting("SMS", from("SMS-PACK"))]);
        amendment.wallets = vec![wallet("SMS-PACK", "1")];
        build(&with_wallet(), vec![amendment]).map(|_| ())
    };
    assert!(matches!(
        new(inside),
        Err(ContractError::WithinPeriod { .. })
    ));
    assert_eq!(new(border), Ok(()));
    // So does another rate.
    let rate = |day| {
        let line = LineChange {
            product: "VOICE".to_owned(),
            conversion: Some(Conversion {
                target: from("AI"),
                rate: ConversionRate::UnitsPerToken(quantity("18")),
            }),
            ..LineChange::default()
        };
        build(&with_wallet(), vec![change(day, vec![line])]).map(|_| ())
    };
    assert!(matches!(
        rate(inside),
        Err(ContractError::WithinPeriod { .. })
    ));
    assert_eq!(rate(border), Ok(()));
}

#[test]
fn products_of_tokens_and_wallets_are_checked() {
    let product = |sku: &str, meter: Option<&str>, bundle: &str| Product {
        sku: sku.to_owned(),
        name: "Name".to_owned(),
        charge: "Charge".to_owned(),
        meter: meter.map(str::to_owned),
        grouping: "ai".to_owned(),
        unit: "token".to_owned(),
        unit_of_measure: "Token".to_owned(),
        bundle: quantity(bundle),
        third_party: false,
        charged_in_ramp: false,
        cancellable: true,
    };
    let check = |contract: &Contract, tokens: Option<Product>| {
        let voice = product("VOICE", Some("minutes"), "1");
        let products = [Some(voice), tokens].into_iter().flatten();
        let products = products.map(|product| (product.sku.clone(), product));
        contract.check_products(&products.collect())
    };
    let lines = vec![converting("VOICE", into("AI")), priced("AI")];
    let tokens = build(&base(lines), Vec::new()).unwrap();
    assert_eq!(check(&tokens, Some(product("AI", None, "1"))), Ok(()));
    assert_eq!(
        check(&tokens, Some(product("AI", Some("tokens"), "1"))),
        Err(ContractError::TokenMeter("AI".to_owned()))
    );
    let wallet = build(&with_wallet(), Vec::new()).unwrap();
    assert_eq!(check(&wallet, Some(product("AI", None, "1"))), Ok(()));
    assert_eq!(
        check(&wallet, None),
        Err(ContractError::UnknownWalletProduct("AI".to_owned()))
    );
    assert_eq!(
        check(&wallet, Some(product("AI", None, "1000"))),
        Err(ContractError::BundleWallet("AI".to_owned()))
    );
}
