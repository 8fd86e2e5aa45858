use exchequer_core::contract::{Conversion, ConversionRate, ConversionTarget, WalletTerm};
use exchequer_core::{Price, Quantity};
use exchequer_types::catalog::{
    Contract as Said, ContractConversion, ContractFairUse, ContractLine, ContractTier,
    ContractWallet,
};

use super::*;

fn said() -> Said {
    Said {
        organization: "22222222-2222-4222-8222-222222222222".to_owned(),
        subscription: "PREPAY_MONTHLY_COMMITMENT".to_owned(),
        currency: "USD".to_owned(),
        start: "2026-01-15".to_owned(),
        end: Some("2027-01-14".to_owned()),
        lines: vec![ContractLine {
            product: "CX3".to_owned(),
            prepay_quantity: Some("80".to_owned()),
            prepay_price: Some("115.00".to_owned()),
            overage_price: Some("140.00".to_owned()),
            ..ContractLine::default()
        }],
        ..Said::default()
    }
}

fn tiers(mode: Option<&str>, size: Option<&str>, prices: &[&str]) -> ContractLine {
    let tiers = prices.iter().map(|price| ContractTier {
        price: (*price).to_owned(),
        ..ContractTier::default()
    });
    ContractLine {
        product: "VOICE".to_owned(),
        tier_mode: mode.map(str::to_owned),
        size: size.map(str::to_owned),
        tiers: tiers.collect(),
        ..ContractLine::default()
    }
}

fn field(said: &Said) -> (&'static str, String) {
    let invalid = parse("C-1", said).unwrap_err();
    (invalid.field, invalid.why.to_string())
}

#[test]
fn a_document_becomes_a_contract() {
    let contract = parse("C-1", &said()).unwrap();
    assert_eq!(contract.number(), "C-1");
    assert_eq!(contract.calendar().zone(), "UTC");
    let line = &contract.versions()[0].terms.lines[0];
    assert_eq!(line.prepay_price.unwrap().to_string(), "115");
}

#[test]
fn a_refusal_names_its_field() {
    type Change = fn(&mut Said);
    let cases: [(&str, Change); 15] = [
        ("organization", |it| it.organization = "acme".to_owned()),
        ("currency", |it| it.currency = "usd".to_owned()),
        ("subscription", |it| it.subscription = "YEARLY".to_owned()),
        ("start", |it| it.start = "2026-1-15".to_owned()),
        ("timeZone", |it| {
            it.time_zone = Some("Mars/Olympus".to_owned())
        }),
        ("end", |it| it.end = Some("20270114".to_owned())),
        ("end", |it| it.end = Some("2026-01-14".to_owned())),
        ("rampUsage", |it| it.ramp_usage = Some("cheap".to_owned())),
        ("afterEnd", |it| it.after_end = Some("renew".to_owned())),
        ("shortPeriodOverage", |it| {
            it.short_period_overage = Some("half".to_owned());
        }),
        ("minimumMonthly", |it| {
            it.minimum_monthly = Some("-1".to_owned())
        }),
        ("prepayQuantity", |it| {
            it.lines[0].prepay_quantity = Some("x".to_owned())
        }),
        ("overagePrice", |it| {
            it.lines[0].overage_price = Some("1e3".to_owned())
        }),
        ("contract", |it| it.lines.clear()),
        ("issuer", |it| it.issuer = Some(catalog::Party::default())),
    ];
    for (expected, change) in cases {
        let mut said = said();
        change(&mut said);
        assert_eq!(field(&said).0, expected);
    }
}

#[test]
fn prices_beyond_are_one_or_tiers_and_never_half_of_them() {
    let with = |line: ContractLine| {
        let mut said = said();
        said.lines.push(line);
        parse("C-1", &said).map_err(|invalid| invalid.field)
    };
    assert!(with(tiers(Some("graduated"), None, &["0.2"])).is_ok());
    assert!(with(tiers(Some("package"), Some("100"), &["0.2"])).is_ok());
    for (line, expected) in [
        (tiers(Some("package"), None, &["1"]), "size"),
        (tiers(Some("volume"), Some("9"), &["1"]), "size"),
        (tiers(None, Some("9"), &["1"]), "size"),
        (tiers(Some("stairs"), None, &["1"]), "tierMode"),
        (tiers(None, None, &["1"]), "tiers"),
        (tiers(Some("volume"), None, &[]), "tiers"),
        (
            ContractLine {
                overage_price: Some("1".to_owned()),
                ..tiers(Some("volume"), None, &["1"])
            },
            "overagePrice",
        ),
        (tiers(Some("package"), Some("0"), &["1"]), "contract"),
        (tiers(Some("volume"), None, &["1", "2"]), "contract"),
    ] {
        assert_eq!(with(line).err(), Some(expected));
    }
}

#[test]
fn a_refused_line_is_named() {
    let mut said = said();
    said.lines[0].fair_use = Some(vec![ContractFairUse {
        licence: "CX2".to_owned(),
        amount: "many".to_owned(),
    }]);
    let (field, why) = field(&said);
    assert_eq!(field, "amount");
    assert!(why.starts_with("lines: CX3: amount must be"), "{why}");
}

#[test]
fn a_contract_has_bounds() {
    let mut said = said();
    said.lines = vec![said.lines[0].clone(); 201];
    assert_eq!(field(&said).0, "lines");
    said.lines = vec![tiers(Some("volume"), None, &["1"; 51])];
    assert_eq!(field(&said).0, "tiers");
    said.lines = vec![tiers(Some("volume"), None, &["1"])];
    said.amendments = vec![ContractAmendment::default(); 201];
    assert_eq!(field(&said).0, "amendments");
}

#[test]
fn an_empty_list_of_fair_use_ends_it() {
    let licence = ContractFairUse {
        licence: "CX3".to_owned(),
        amount: "100".to_owned(),
    };
    let mut voice = tiers(Some("volume"), None, &["1"]);
    voice.fair_use = Some(vec![licence]);
    let mut said = said();
    said.lines.push(voice);
    said.amendments = vec![ContractAmendment {
        effective: "2026-02-15".to_owned(),
        lines: vec![ContractLine {
            product: "VOICE".to_owned(),
            fair_use: Some(Vec::new()),
            ..ContractLine::default()
        }],
        ..ContractAmendment::default()
    }];
    let contract = parse("C-1", &said).unwrap();
    let counts = contract
        .versions()
        .iter()
        .map(|it| it.terms.lines[1].fair_use.len());
    assert_eq!(counts.collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn a_currency_holds_for_the_days_on_which_it_was_money() {
    let refusal = |currency: &str, start: &str, end: Option<&str>| {
        let mut said = said();
        said.currency = currency.to_owned();
        said.start = start.to_owned();
        said.end = end.map(str::to_owned);
        let contract = parse("C-1", &said).unwrap();
        let refused = check_as_new(&contract).err();
        refused.map(|invalid| (invalid.field, invalid.why.to_string()))
    };
    assert_eq!(refusal("CLF", "2026-01-01", None), None);
    assert_eq!(refusal("ANG", "2025-01-01", Some("2025-06-30")), None);
    assert_eq!(refusal("XCG", "2025-03-31", None), None);
    let ended = "currency ANG was money until 2025-06-30: the contract must end by then";
    let ended = Some(("currency", ended.to_owned()));
    assert_eq!(refusal("ANG", "2025-01-01", Some("2025-07-01")), ended);
    assert_eq!(refusal("ANG", "2025-01-01", None), ended);
    let early = "currency XCG is money from 2025-03-31 on: the contract cannot begin before";
    let early = Some(("currency", early.to_owned()));
    assert_eq!(refusal("XCG", "2025-03-30", None), early);
}

#[test]
fn the_wire_and_the_domain_know_the_same_subscription_types() {
    for name in exchequer_types::SUBSCRIPTION_TYPES {
        assert_eq!(subscription(name).unwrap().as_str(), name);
    }
}

#[test]
fn no_contract_takes_a_place_of_the_api() {
    assert!(check_number("C-1/2026").is_ok());
    for number in ["", " ", "a\nb", "invoices", &"x".repeat(65)] {
        assert!(check_number(number).is_err(), "{number}");
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Minutes come out of a wallet, seats are tokens of a line.
fn with_wallet() -> Said {
    let mut said = said();
    said.lines[0].conversion = Some(ContractConversion {
        line: text("TOKENS"),
        tokens_per_unit: text("40"),
        ..ContractConversion::default()
    });
    said.lines.push(ContractLine {
        conversion: Some(ContractConversion {
            wallet: text("TOKENS"),
            units_per_token: text("17"),
            ..ContractConversion::default()
        }),
        ..tiers(Some("volume"), None, &["1"])
    });
    said.lines.push(ContractLine {
        product: "TOKENS".to_owned(),
        overage_price: text("1"),
        ..ContractLine::default()
    });
    said.wallets = vec![ContractWallet {
        product: "TOKENS".to_owned(),
        term: text("year"),
        quantity: text("100"),
        price: text("0.10"),
    }];
    said
}

#[test]
fn wallets_and_conversions_become_terms() {
    let mut said = with_wallet();
    said.amendments = vec![ContractAmendment {
        effective: "2026-05-10".to_owned(),
        wallets: vec![ContractWallet {
            product: "TOKENS".to_owned(),
            quantity: text("40"),
            ..ContractWallet::default()
        }],
        ..ContractAmendment::default()
    }];
    let contract = parse("C-1", &said).unwrap();
    let [first, second] = [0, 1].map(|at| &contract.versions()[at].terms);
    let conversion = |at: usize| first.lines[at].conversion.clone();
    let rate = ConversionRate::TokensPerUnit(Quantity::parse("40").unwrap());
    let target = ConversionTarget::Line("TOKENS".to_owned());
    assert_eq!(conversion(0), Some(Conversion { target, rate }));
    let rate = ConversionRate::UnitsPerToken(Quantity::parse("17").unwrap());
    let target = ConversionTarget::Wallet("TOKENS".to_owned());
    assert_eq!(conversion(1), Some(Conversion { target, rate }));
    assert_eq!(conversion(2), None);
    let wallets = [first, second].map(|terms| terms.wallet("TOKENS").unwrap());
    for (wallet, quantity) in wallets.into_iter().zip(["100", "40"]) {
        assert_eq!(wallet.term, WalletTerm::Year);
        assert_eq!(wallet.quantity, Quantity::parse(quantity).unwrap());
        assert_eq!(wallet.price, Price::parse("0.1").unwrap());
    }
    // A conversion stays where an amendment does not name it.
    assert_eq!(second.lines, first.lines);
}

#[test]
fn a_refused_wallet_or_conversion_is_named_with_its_field() {
    type Change = fn(&mut Said);
    let cases: [(&str, &str, Change); 9] = [
        (
            "conversion",
            "lines: CX3: conversion needs either line",
            |it| {
                conversion(it, 0).wallet = text("TOKENS");
            },
        ),
        (
            "conversion",
            "lines: VOICE: conversion needs either line",
            |it| {
                conversion(it, 1).wallet = None;
            },
        ),
        (
            "conversion",
            "lines: CX3: conversion needs either units",
            |it| {
                conversion(it, 0).units_per_token = text("17");
            },
        ),
        (
            "conversion",
            "lines: VOICE: conversion needs either units",
            |it| {
                conversion(it, 1).units_per_token = None;
            },
        ),
        ("tokensPerUnit", "lines: CX3: tokensPerUnit must be", |it| {
            conversion(it, 0).tokens_per_unit = text("-1");
        }),
        (
            "unitsPerToken",
            "lines: VOICE: unitsPerToken must be",
            |it| {
                conversion(it, 1).units_per_token = text("17 min");
            },
        ),
        (
            "term",
            "wallets: TOKENS: term must be one of year, period",
            |it| {
                it.wallets[0].term = text("month");
            },
        ),
        ("quantity", "wallets: TOKENS: quantity must be", |it| {
            it.wallets[0].quantity = text("1e3");
        }),
        ("price", "wallets: TOKENS: price must be", |it| {
            it.wallets[0].price = text("free");
        }),
    ];
    for (expected, why, change) in cases {
        let mut said = with_wallet();
        change(&mut said);
        let (field, message) = field(&said);
        assert_eq!(field, expected);
        assert!(message.starts_with(why), "{message}");
        // In an amendment, it says in which as well.
        let mut later = with_wallet();
        later.amendments = vec![ContractAmendment {
            effective: "2026-06-15".to_owned(),
            lines: said.lines,
            wallets: said.wallets,
            ..ContractAmendment::default()
        }];
        let (field, message) = self::field(&later);
        assert_eq!(field, expected);
        let why = format!("amendments: 2026-06-15: {why}");
        assert!(message.starts_with(&why), "{message}");
    }
}

fn conversion(said: &mut Said, line: usize) -> &mut ContractConversion {
    said.lines[line].conversion.as_mut().unwrap()
}

#[test]
fn wallets_are_bounded() {
    let mut said = with_wallet();
    said.wallets = vec![said.wallets[0].clone(); 51];
    assert_eq!(field(&said).0, "wallets");
    let mut said = with_wallet();
    said.amendments = vec![ContractAmendment {
        effective: "2026-06-15".to_owned(),
        wallets: vec![said.wallets[0].clone(); 51],
        ..ContractAmendment::default()
    }];
    assert_eq!(field(&said).0, "wallets");
}
