use exchequer_types::catalog::{Contract as Said, ContractFairUse};

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
    let refusal = read("C-1", said).unwrap_err();
    (refusal.field, refusal.why)
}

#[test]
fn a_document_becomes_a_contract() {
    let contract = read("C-1", &said()).unwrap();
    assert_eq!(contract.number(), "C-1");
    assert_eq!(contract.calendar().zone(), "UTC");
    let line = &contract.versions()[0].terms.lines[0];
    assert_eq!(line.prepay_price.unwrap().to_string(), "115");
}

#[test]
fn a_refusal_names_its_field() {
    type Change = fn(&mut Said);
    let cases: [(&str, Change); 13] = [
        ("organization", |it| it.organization = "acme".to_owned()),
        ("currency", |it| it.currency = "usd".to_owned()),
        ("subscription", |it| it.subscription = "YEARLY".to_owned()),
        ("start", |it| it.start = "2026-1-15".to_owned()),
        ("start", |it| it.time_zone = Some("Mars/Olympus".to_owned())),
        ("end", |it| it.end = Some("20270114".to_owned())),
        ("start", |it| it.end = Some("2026-01-14".to_owned())),
        ("rampUsage", |it| it.ramp_usage = Some("cheap".to_owned())),
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
        read("C-1", &said).map_err(|refusal| refusal.field)
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
    said.lines[0].fair_use = vec![ContractFairUse {
        licence: "CX2".to_owned(),
        amount: "many".to_owned(),
    }];
    let (field, why) = field(&said);
    assert_eq!(field, "amount");
    assert!(why.starts_with("lines: CX3: amount must be"), "{why}");
}
