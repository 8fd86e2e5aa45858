//! Wallets, and what is converted into their tokens, worked out by hand.

use exchequer_app::billing::{PeriodUsage, RatedPeriod};
use exchequer_app::closing::record::Row;
use exchequer_app::contract_operations::{Charged, ContractPeriod, ListedContract};
use exchequer_core::contract::{
    Change, ConversionRate, ConversionTarget, LineChange, RampChange, Settings, WalletChange,
    WalletTerm,
};
use exchequer_core::rating::State;
use exchequer_core::{
    Calendar, Contract, OrganizationId, Price, Products, Quantity, SubscriptionType, Totals, Usage,
    rate,
};
use jiff::civil::date;
use serde_json::{Value, json};

use super::*;

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn line(product: &str, rate: ConversionRate, price: &str) -> LineChange {
    LineChange {
        product: product.to_owned(),
        overage: Price::parse(price).ok().map(Overage::Flat),
        conversion: Some(Conversion {
            target: ConversionTarget::Wallet("TOKENS".to_owned()),
            rate,
        }),
        ..LineChange::default()
    }
}

/// A wallet of 100 tokens a year at 0.10. In this order: calls, 17 minutes a token, overage
/// 0.02; ai, 1.5 tokens a unit, overage 0.25.
fn contract() -> Contract {
    let start = date(2026, 1, 1);
    let base = Change {
        effective: start,
        subscription: Some(SubscriptionType::MonthToMonth),
        ramp: RampChange::default(),
        minimum: None,
        lines: vec![
            line(
                "CALLS",
                ConversionRate::UnitsPerToken(quantity("17")),
                "0.02",
            ),
            line("AI", ConversionRate::TokensPerUnit(quantity("1.5")), "0.25"),
        ],
        wallets: vec![WalletChange {
            product: "TOKENS".to_owned(),
            term: Some(WalletTerm::Year),
            quantity: Some(quantity("100")),
            price: Price::parse("0.10").ok(),
        }],
    };
    let currency = "EUR".parse().unwrap();
    let calendar = Calendar::new("UTC", start, Some(date(2026, 12, 31))).unwrap();
    let settings = Settings::default();
    let id = OrganizationId::from_bytes([2; 16]);
    Contract::new(
        "C-1".to_owned(),
        id,
        currency,
        calendar,
        settings,
        &base,
        Vec::new(),
    )
    .unwrap()
}

fn products() -> Products {
    let products = [
        ("CALLS", Some("calls"), "Minute"),
        ("AI", Some("ai"), "Unit"),
        ("TOKENS", None, "Token"),
    ];
    let product = |(sku, meter, unit): (&str, Option<&str>, &str)| Product {
        sku: sku.to_owned(),
        name: sku.to_lowercase(),
        charge: sku.to_owned(),
        meter: meter.map(str::to_owned),
        grouping: "resource".to_owned(),
        unit: "unit".to_owned(),
        unit_of_measure: unit.to_owned(),
        bundle: Quantity::ONE,
        third_party: false,
        charged_in_ramp: false,
        cancellable: false,
    };
    let products = products.map(product);
    products
        .into_iter()
        .map(|it| (it.sku.clone(), it))
        .collect()
}

fn organization() -> Organization {
    Organization {
        id: OrganizationId::from_bytes([2; 16]),
        name: "Acme".to_owned(),
        operator: false,
        version: 1,
        earlier: Vec::new(),
    }
}

/// Rates a period by minutes of calls and units of ai, and shows it.
fn shown(opening: &State, number: u32, calls: &str, ai: &str) -> (Value, State) {
    let contract = contract();
    let period = contract.calendar().period(number).unwrap();
    let totals = [("calls", calls), ("ai", ai)];
    let totals = totals.map(|(meter, total)| (meter.to_owned(), quantity(total)));
    let usage = Usage::from(Totals::from(totals));
    let rated = rate(opening, &contract, &period, &products(), &usage).unwrap();
    let detail = RatedContractPeriod {
        listed: ContractPeriod {
            period,
            closed: false,
            billed_elsewhere: false,
        },
        rated: RatedPeriod {
            index: 0,
            contract,
            period,
            contract_ended: false,
            usage: PeriodUsage {
                usage,
                after: Totals::new(),
                products: products(),
                former_name: Some("Acme before".to_owned()),
            },
            bill: rated.bill,
            closed: None,
        },
        adjustments: Vec::new(),
    };
    let body = serde_json::to_value(to_wire(&organization(), &detail)).unwrap();
    (body, rated.closing)
}

fn named() -> Value {
    json!([{"id": organization().id.to_string(), "name": "Acme before"}])
}

fn product(sku: &str, unit: &str) -> Value {
    json!({"id": sku, "sku": sku, "name": sku.to_lowercase(), "unitOfMeasure": unit})
}

/// 850 minutes are 50 tokens, and 20 units 30: of the 100 that are bought for 10.00, 20 are
/// left. Two lines draw, and each has a price of its own for a token, so the wallet has none.
#[test]
fn what_a_wallet_covers_is_no_overage() {
    let (january, _) = shown(&State::default(), 0, "850", "20");
    let calls = json!({
        "id": "overage:CALLS", "name": "calls", "product": product("CALLS", "Minute"),
        "organizations": named(), "prepaidQuantity": 0, "actualQuantity": 850,
        "overageQuantity": 0, "overageRate": 0.02, "overageCharge": 0, "overageCurrency": "EUR",
        "convertedTokenCount": 50, "tokenConversionRate": 17, "kind": "overage", "amount": 0,
    });
    // A unit is 1.5 tokens, so two thirds of one are a token.
    let ai = json!({
        "id": "overage:AI", "name": "ai", "product": product("AI", "Unit"),
        "organizations": named(), "prepaidQuantity": 0, "actualQuantity": 20,
        "overageQuantity": 0, "overageRate": 0.25, "overageCharge": 0, "overageCurrency": "EUR",
        "convertedTokenCount": 30, "tokenConversionRate": 0.666_666_667, "kind": "overage",
        "amount": 0,
    });
    let bought = json!({
        "id": "wallet:TOKENS", "name": "tokens", "product": product("TOKENS", "Token"),
        "organizations": named(), "kind": "wallet", "amount": 10,
    });
    assert_eq!(january["charges"], json!([calls, ai, bought]));
    let wallet = json!({
        "id": "TOKENS", "name": "tokens", "organizations": named(),
        "product": product("TOKENS", "Token"), "startingBalance": 0, "endingBalance": 20,
        "balanceIncrease": 100, "balanceDecrease": 0, "balanceConsumption": 80,
        "balanceOverage": 0, "balanceOverageCharge": 0, "balanceOverageCurrency": "EUR",
        "balanceLapse": 0, "unitOfMeasure": "Token",
    });
    assert_eq!(january["wallets"], json!([wallet]));
}

/// Calls take 10 of the 20 tokens that are left, ai the other 10 of its 15: 5 tokens are 10/3
/// units, 0.8333 → 0.83.
#[test]
fn the_last_line_overflows_first() {
    let (_, left) = shown(&State::default(), 0, "850", "20");
    let (february, _) = shown(&left, 1, "170", "10");
    let overage = |at: usize, name: &str| february["charges"][at].get(name).cloned();
    assert_eq!(overage(0, "overageQuantity"), Some(json!(0)));
    assert_eq!(overage(1, "overageQuantity"), Some(json!(3.333_333_333)));
    assert_eq!(overage(1, "overageRate"), Some(json!(0.25)));
    assert_eq!(overage(1, "overageCharge"), Some(json!(0.83)));
    assert_eq!(february["charges"].as_array().unwrap().len(), 2);
    let wallet = &february["wallets"][0];
    for (name, balance) in [
        ("startingBalance", 20.0),
        ("balanceConsumption", 20.0),
        ("balanceOverage", 5.0),
        ("balanceOverageCharge", 0.83),
        ("endingBalance", 0.0),
    ] {
        assert_eq!(wallet[name].as_f64(), Some(balance), "{name}");
    }
    // A token of ai costs a sixth, which is no decimal.
    assert!(wallet.get("balanceOverageRate").is_none());
}

/// 2,040 minutes are 120 tokens: the 20 beyond the wallet are 340 minutes, 6.80. A token costs
/// 17 × 0.02.
#[test]
fn a_token_has_a_rate_if_one_line_goes_beyond_the_wallet() {
    let (january, _) = shown(&State::default(), 0, "2040", "0");
    let charge = &january["charges"][0];
    assert_eq!(charge["overageQuantity"], 340);
    assert_eq!(charge["overageCharge"], 6.8);
    let wallet = &january["wallets"][0];
    assert_eq!(wallet["balanceOverage"], 20);
    assert_eq!(wallet["balanceOverageRate"], 0.34);
    assert_eq!(wallet["balanceOverageCharge"], 6.8);
}

/// What is left in December lapses with the contract year.
#[test]
fn what_lapses_is_shown() {
    let mut state = State::default();
    for number in 0..11 {
        (_, state) = shown(&state, number, "17", "0");
    }
    let (december, _) = shown(&state, 11, "0", "0");
    let wallet = &december["wallets"][0];
    assert_eq!(wallet["startingBalance"], 89);
    assert_eq!(wallet["balanceLapse"], 89);
    assert_eq!(wallet["endingBalance"], 0);
}

/// An adjustment has an amount, and nothing of overage, also if its product is gone.
#[test]
fn an_adjustment_is_an_amount() {
    let bill = rate(
        &State::default(),
        &contract(),
        &contract().calendar().period(0).unwrap(),
        &products(),
        &Usage::default(),
    );
    let shown = Shown {
        bill: &bill.unwrap().bill,
        organizations: Vec::new(),
    };
    let adjustment = |sku: Option<&str>, product: Option<Product>| {
        let row = Row {
            kind: "overage".to_owned(),
            product: sku.map(str::to_owned),
            third_party: false,
            before: Vec::new(),
            after: Vec::new(),
            amount: "-0.04".to_owned(),
        };
        let made = "2026-02-03T00:00:00Z".to_owned();
        let charge = shown.adjustment(&Adjustment {
            entry: 7,
            made,
            row,
            product,
        });
        serde_json::to_value(charge).unwrap()
    };
    let known = adjustment(Some("AI"), products().remove("AI"));
    let expected = json!({
        "id": "adjustment:7:overage:AI", "name": "ai", "product": product("AI", "Unit"),
        "organizations": [], "kind": "adjustment", "amount": -0.04, "adjustedKind": "overage",
        "entry": 7, "dateCreated": "2026-02-03T00:00:00Z",
    });
    assert_eq!(known, expected);
    assert_eq!(adjustment(Some("GONE"), None)["name"], "GONE");
    assert_eq!(adjustment(None, None)["name"], MINIMUM);
}

/// A wallet is a plan; it is charged as far as it is bought.
#[test]
fn a_wallet_is_a_plan() {
    let mut charged = Charged::default();
    let year = date(2026, 12, 31);
    charged.wallets.insert("TOKENS".to_owned(), year);
    charged.usage = Some(date(2026, 1, 31));
    let listed = ListedContract {
        contract: contract(),
        bill_to: None,
        products: products(),
        periods: Vec::new(),
        charged,
        active: true,
        today: date(2026, 2, 1),
    };
    let body = serde_json::to_value(contracts::to_wire(&organization(), &listed)).unwrap();
    let item = |at: usize| body["plans"][at]["items"][0].clone();
    let wallet = json!({
        "itemNumber": "1", "name": "tokens", "type": "wallet", "function": "contract",
        "description": "Bought for each contract year.", "dateChargedThrough": "2026-12-31",
        "currencyIsoCode": "EUR", "dateEffectiveStart": "2026-01-01",
        "dateEffectiveEnd": "2026-12-31", "price": 0.1, "quantity": 100,
        "unitOfMeasure": "Token",
    });
    assert_eq!(item(2), wallet);
    let ids = ["CALLS", "AI", "wallet:TOKENS"];
    assert!(
        (0..3).all(|at| body["plans"][at]["id"] == ids[at]),
        "{body}"
    );
    assert_eq!(item(0)["description"], "17 units are one of TOKENS.");
    assert_eq!(item(1)["description"], "A unit is 1.5 of TOKENS.");
    assert_eq!(item(1)["dateChargedThrough"], "2026-01-31");
}
