//! Contracts with wallets and conversions, and products without a meter: what is refused,
//! what is held, and what is shown.

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, REPORT};

struct Catalog {
    world: World,
    operator: String,
}

impl Catalog {
    /// With tokens, which nothing counts; a seat, a plan in bundles, and their meter.
    async fn start() -> Self {
        let world = World::start().await;
        let [operator, ..] = world.populate().await;
        let this = Self { world, operator };
        let mut bundle = product(None);
        bundle["bundle"] = "10".into();
        for (sku, product) in [
            ("TOKEN", product(None)),
            ("BUNDLE", bundle),
            ("SEAT", product(Some("logins"))),
            ("SEAT-PLUS", product(Some("logins"))),
        ] {
            let answer = this.put(&format!("products/{sku}"), &product).await;
            assert_eq!(answer.0, 201, "{sku}: {}", answer.1);
        }
        this
    }

    /// Status and body of a put.
    async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("{CATALOG}/{path}");
        let answer = self.world.put(&self.operator, &path, body).await;
        (answer.status.as_u16(), answer.json())
    }

    /// Status and body of a get.
    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.world.get(&self.operator, path).await;
        (answer.status.as_u16(), answer.json())
    }
}

fn product(meter: Option<&str>) -> Value {
    let mut product = json!({"name": "P", "charge": "P", "grouping": "g", "unit": "u",
        "unitOfMeasure": "Unit"});
    if let Some(meter) = meter {
        product["meter"] = meter.into();
    }
    product
}

/// Seats come out of a wallet, others are tokens of a line.
fn contract() -> Value {
    json!({"organization": ACME, "subscription": "MONTH_TO_MONTH", "currency": "USD",
        "start": "2026-01-01",
        "lines": [
            {"product": "SEAT", "overagePrice": "2",
                "conversion": {"wallet": "TOKEN", "tokensPerUnit": "4"}},
            {"product": "SEAT-PLUS", "overagePrice": "0",
                "conversion": {"line": "TOKEN", "unitsPerToken": "2"}},
            {"product": "TOKEN", "overagePrice": "0.25"}],
        "wallets": [{"product": "TOKEN", "term": "year", "quantity": "100", "price": "0.10"}]})
}

/// An amendment that changes a wallet.
fn amended(day: &str, wallet: Value) -> Value {
    json!([{"effective": day, "wallets": [wallet]}])
}

type Change = fn(&mut Value);

/// What the document says by itself: the message begins with the part, and names the rule.
const RULES: [(&str, Change); 16] = [
    (
        "lines: SEAT: conversion needs either line or wallet",
        |it| {
            it["lines"][0]["conversion"]["line"] = "TOKEN".into();
        },
    ),
    (
        "lines: SEAT: conversion needs either unitsPerToken or",
        |it| {
            it["lines"][0]["conversion"]["unitsPerToken"] = "1".into();
        },
    ),
    ("lines: the conversion of SEAT needs a rate above 0", |it| {
        it["lines"][0]["conversion"]["tokensPerUnit"] = "0.0".into();
    }),
    (
        "lines: SEAT-PLUS converts into SEAT-PLUS, which must",
        |it| {
            it["lines"][1]["conversion"]["line"] = "SEAT-PLUS".into();
        },
    ),
    ("lines: SEAT-PLUS converts into FAX, which must be", |it| {
        it["lines"][1]["conversion"]["line"] = "FAX".into();
    }),
    ("lines: SEAT converts into SEAT-PLUS, which cannot", |it| {
        it["lines"][0]["conversion"] = json!({"line": "SEAT-PLUS", "unitsPerToken": "1"});
        it["wallets"] = json!([]);
    }),
    (
        "lines: the fair use of SEAT counts TOKEN, into which",
        |it| {
            it["lines"][0]["fairUse"] = json!([{"licence": "TOKEN", "amount": "1"}]);
        },
    ),
    (
        "lines: SEAT draws from the wallet of FAX, which the",
        |it| {
            it["lines"][0]["conversion"]["wallet"] = "FAX".into();
        },
    ),
    ("wallets: the wallet of TOKEN stands twice", |it| {
        it["wallets"] = json!([it["wallets"][0], it["wallets"][0]]);
    }),
    (
        "wallets: the wallet of TOKEN needs a term and a price",
        |it| {
            it["wallets"] = json!([{"product": "TOKEN", "term": "year"}]);
        },
    ),
    (
        "wallets: the wallet of TOKEN needs a term and a price",
        |it| {
            it["wallets"] = json!([{"product": "TOKEN", "price": "1"}]);
        },
    ),
    (
        "wallets: units of TOKEN are bought, which FREE_TRIAL_",
        |it| {
            it["subscription"] = "FREE_TRIAL_MONTH_TO_MONTH".into();
        },
    ),
    ("wallets: no line draws from the wallet of SEAT", |it| {
        let idle = json!({"product": "SEAT", "term": "year", "quantity": "1", "price": "1"});
        it["wallets"].as_array_mut().unwrap().push(idle);
    }),
    (
        "amendments: on 2026-05-01 the term of the wallet of TOKEN",
        |it| {
            it["amendments"] = amended("2026-05-01", json!({"product": "TOKEN", "term": "period"}));
        },
    ),
    (
        "amendments: 2026-05-10 lowers what is paid of TOKEN",
        |it| {
            it["decrease"] = "refused".into();
            it["amendments"] = amended("2026-05-10", json!({"product": "TOKEN", "quantity": "9"}));
        },
    ),
    (
        "amendments: on 2026-05-10 the tiers, fair use or conversion",
        |it| {
            it["amendments"] = json!([{"effective": "2026-05-10", "lines": [{"product": "SEAT",
            "conversion": {"wallet": "TOKEN", "tokensPerUnit": "5"}}]}]);
        },
    ),
];

#[tokio::test]
async fn every_rule_is_refused_with_its_place() {
    let catalog = Catalog::start().await;
    for (why, change) in RULES {
        let mut body = contract();
        change(&mut body);
        let (status, answer) = catalog.put("contracts/C-1", &body).await;
        let message = answer["message"].as_str().unwrap();
        assert_eq!(status, 400, "{why}: {message}");
        assert!(message.starts_with(why), "{message}");
    }
    let mut misspelt = contract();
    misspelt["lines"][0]["conversion"]["tokenPerUnit"] = "1".into();
    let (status, answer) = catalog.put("contracts/C-1", &misspelt).await;
    let message = answer["message"].as_str().unwrap();
    assert!(
        status == 400 && message.contains("lines[0].conversion.tokenPerUnit"),
        "{message}"
    );
}

/// What takes the catalog to know is a conflict.
#[tokio::test]
async fn products_of_wallets_and_tokens_are_checked() {
    let catalog = Catalog::start().await;
    let rules: [(&str, Change); 4] = [
        (
            "lines: others convert into SEAT, whose product must have",
            |it| {
                it["lines"][1]["conversion"]["line"] = "SEAT".into();
            },
        ),
        (
            "wallets: BUNDLE is sold in bundles, of which there is no",
            |it| {
                it["lines"][0]["conversion"]["wallet"] = "BUNDLE".into();
                it["wallets"][0]["product"] = "BUNDLE".into();
            },
        ),
        ("wallets: there is no product FAX", |it| {
            it["lines"][0]["conversion"]["wallet"] = "FAX".into();
            it["wallets"][0]["product"] = "FAX".into();
        }),
        ("lines: there is no product FAX", |it| {
            it["lines"][0]["product"] = "FAX".into();
        }),
    ];
    for (why, change) in rules {
        let mut body = contract();
        change(&mut body);
        let (status, answer) = catalog.put("contracts/C-1", &body).await;
        let message = answer["message"].as_str().unwrap();
        assert_eq!(status, 409, "{why}: {message}");
        assert!(message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn a_wallet_holds_its_product() {
    let catalog = Catalog::start().await;
    let (_, token) = catalog.get(&format!("{CATALOG}/products/TOKEN")).await;
    assert!(token.get("meter").is_none(), "{token}");
    // Nothing but its wallet names the product.
    let mut body = contract();
    let lines = body["lines"].as_array_mut().unwrap();
    lines.truncate(1);
    let (status, made) = catalog.put("contracts/C-1", &body).await;
    assert_eq!(status, 201, "{made}");
    for field in ["lines", "wallets"] {
        assert_eq!(made[field], body[field]);
    }
    assert_eq!(catalog.put("contracts/C-1", &made).await, (200, made));
    let path = format!("{CATALOG}/products/TOKEN");
    let deleted = catalog.world.delete(&catalog.operator, &path).await;
    assert_eq!(deleted.refusal().0, 409);
    let (status, answer) = catalog
        .put("products/TOKEN", &product(Some("logins")))
        .await;
    assert_eq!(status, 409, "{answer}");
    let mut renamed = product(None);
    renamed["name"] = "Tokens".into();
    let (status, renamed) = catalog.put("products/TOKEN", &renamed).await;
    assert_eq!((status, &renamed["version"]), (200, &json!(2)));
    // A meter that there is not is refused, and one that is empty is no meter that is absent.
    for meter in ["nothing", ""] {
        let (status, answer) = catalog.put("products/NEW", &product(Some(meter))).await;
        assert_eq!(status, 409, "{answer}");
    }
    let mut null = product(None);
    null["meter"] = Value::Null;
    assert_eq!(catalog.put("products/NEW", &null).await.0, 201);
}

/// A report names meters: a product without one adds nothing to it.
#[tokio::test]
async fn no_report_shows_a_product_without_a_meter() {
    let catalog = Catalog::start().await;
    let (status, made) = catalog.put("contracts/C-1", &contract()).await;
    assert_eq!(status, 201, "{made}");
    let october = "startDate=2026-10-01T00:00:00Z&endDate=2026-11-01T00:00:00Z";
    let path = format!("{REPORT}?organizationId={ACME}&{october}");
    let (status, report) = catalog.get(&path).await;
    assert_eq!(
        (status, &report["usages"]),
        (
            200,
            &json!([{"name": "logins", "totalUsage": "0", "resources": []}])
        )
    );
}
