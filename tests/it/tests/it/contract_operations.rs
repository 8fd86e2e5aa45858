//! The contract operations: contracts of an organisation, their billing periods and charges.

use exchequer_core::Instant;
use reqwest::Method;
use serde_json::{Value, json};

use exchequer_support::stage;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, GLOBEX, GLOBEX_CLIENT, SECRET};
use exchequer_support::{Answer, World};

const CONTRACTS: &str = "/api/v2/billing/contracts";

/// A world with an operator, Acme and Globex, whose products are sold.
struct Market {
    world: World,
}

impl Market {
    async fn open() -> Self {
        let world = World::with(|config| config.closing_interval = None).await;
        world.populate().await;
        let market = Self { world };
        let minutes =
            json!({"eventType": "call.ended", "aggregation": "sum", "quantity": "minutes"});
        market.put("meters/minutes", &minutes).await;
        for (sku, meter, unit) in [("SEAT", "logins", "User"), ("VOICE", "minutes", "Minute")] {
            let product = json!({"name": sku.to_lowercase(), "charge": sku, "meter": meter,
                "grouping": "resource", "unit": "unit", "unitOfMeasure": unit});
            market.put(&format!("products/{sku}"), &product).await;
        }
        market
    }

    // Tokens do not last as long as contracts do.

    async fn acme(&self) -> String {
        self.world.token(ACME_CLIENT, SECRET).await
    }

    async fn globex(&self) -> String {
        self.world.token(GLOBEX_CLIENT, SECRET).await
    }

    async fn put(&self, path: &str, body: &Value) {
        let path = format!("{CATALOG}/{path}");
        let operator = self.world.operator().await;
        let answer = self.world.put(&operator, &path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = self.world.request(Method::POST, path);
        let operator = self.world.operator().await;
        let request = request.bearer_auth(operator).json(body);
        let answer = self.world.send(request).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }

    /// Closes what is over of a contract at an instant.
    async fn close_at(&self, number: &str, time: &str) {
        let micros = exchequer_types::dates::parse(time).unwrap();
        self.world.clock.set(Instant::from_micros(micros));
        self.close(number).await;
    }

    /// Closes what is over of a contract.
    async fn close(&self, number: &str) {
        let body = json!({"contract": number});
        self.post("/api/v2/billing/closings", &body).await;
    }

    async fn answer(&self, path: &str) -> Answer {
        self.world.get(&self.acme().await, path).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.answer(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    async fn get_as_operator(&self, path: &str) -> Answer {
        let operator = self.world.operator().await;
        self.world.get(&operator, path).await
    }

    async fn used(&self, id: &str, minutes: &str, time: &str) {
        let event = json!([{"specversion": "1.0", "id": id, "source": "/test",
            "type": "call.ended", "subject": "a line", "time": time,
            "data": {"minutes": minutes}}]);
        let answer = self.world.ingest(&self.acme().await, &event).await;
        assert_eq!(answer.json()["accepted"], 1, "{}", answer.text);
    }
}

fn monthly(start: &str, end: Option<&str>, price: &str) -> Value {
    let mut contract = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH",
        "currency": "EUR", "start": start,
        "lines": [{"product": "VOICE", "overagePrice": price}]});
    if let Some(end) = end {
        contract["end"] = end.into();
    }
    contract
}

fn numbers(listing: &Value) -> Vec<&str> {
    let entities = listing["entities"].as_array().unwrap().iter();
    entities.map(|it| it["id"].as_str().unwrap()).collect()
}

/// The sum of what the charges of a period come to.
fn total(period: &Value) -> f64 {
    let charges = period["charges"].as_array().unwrap().iter();
    charges.map(|it| it["amount"].as_f64().unwrap()).sum()
}

/// The world of the SDKs, whose every field is worked out by hand: see [`stage::close`].
#[tokio::test]
async fn every_field_is_as_worked_out_by_hand() {
    let world = World::start().await;
    stage::set(&world).await;
    stage::close(&world).await;
    let acme = world.token(ACME_CLIENT, SECRET).await;
    let contract: Value =
        serde_json::from_str(include_str!("../../../sdk/expected/contract.json")).unwrap();
    let periods: Vec<Value> =
        serde_json::from_str(include_str!("../../../sdk/expected/periods.json")).unwrap();
    let path = format!("{CONTRACTS}/C-1001");
    let shown = world.get(&acme, &path).await;
    assert_eq!(shown.json(), contract);
    readable(&shown.json());
    for period in &periods {
        let id = period["id"].as_str().unwrap();
        let path = format!("{path}/billingperiods/{id}");
        let shown = world.get(&acme, &path).await;
        assert_eq!(shown.json(), *period, "{id}");
        readable(&shown.json());
        // Clients tell the end of a listing by a body that they have seen before.
        assert_eq!(world.get(&acme, &path).await.text, shown.text);
    }
    let listing = world.get(&acme, CONTRACTS).await;
    readable(&listing.json());
    assert_eq!(listing.json()["entities"][1], contract);
    assert_eq!(numbers(&listing.json()), ["C-1002", "C-1001"]);
    let again = world.get(&acme, &format!("{CONTRACTS}?pageNumber=2")).await;
    assert_eq!(again.text, listing.text);
}

/// Checks what Go and Ruby choke on: Go takes a date of another form for the year 1, and drops
/// a text where it wants a number; Ruby refuses a word that it does not know, and Python a
/// null.
fn readable(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::Array(items) => items.iter().for_each(readable),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| field(name, value)),
        _ => {}
    }
}

fn field(name: &str, value: &Value) {
    let text = value.as_str();
    let is_plain_day = |text: &str| {
        let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
        text.chars().map(digits).collect::<String>() == "0000-00-00"
    };
    match name {
        "dateCreated" => assert!(text.is_some_and(|text| text.ends_with('Z'))),
        "status" => assert!(matches!(
            text,
            Some("Active" | "Inactive" | "Open" | "Closed")
        )),
        _ if name.starts_with("date") => assert!(text.is_some_and(is_plain_day), "{name}"),
        _ if ["Quantity", "Rate", "Charge", "amount", "rice", "quantity"]
            .iter()
            .any(|part| name.ends_with(part)) =>
        {
            assert!(value.is_number(), "{name} is {value}");
        }
        "nextUri" | "selfUri" | "previousUri" => {
            assert!(
                text.is_some_and(|text| text.starts_with(CONTRACTS)),
                "{name}"
            );
        }
        _ => readable(value),
    }
}

#[tokio::test]
async fn numbers_keep_every_digit() {
    let market = Market::open().await;
    let price = "0.123456789012";
    market
        .put("contracts/C-1", &monthly("2026-11-01", None, price))
        .await;
    market
        .used("e-1", "90071992547409.930000001", "2026-11-02T00:00:00Z")
        .await;
    let path = format!("{CONTRACTS}/C-1/billingperiods/2026-11-01");
    let answer = market.answer(&path).await;
    // 90071992547409.930000001 × 0.123456789012 = 11119998979816.0241…
    for exact in [
        r#""actualQuantity":90071992547409.930000001,"#,
        r#""overageQuantity":90071992547409.930000001,"#,
        r#""overageRate":0.123456789012,"#,
        r#""overageCharge":11119998979816.02,"#,
        r#""amount":11119998979816.02}"#,
    ] {
        assert!(answer.text.contains(exact), "{exact}: {}", answer.text);
    }
}

#[tokio::test]
async fn pages_lead_to_their_neighbours_both_ways() {
    let market = Market::open().await;
    for year in 2021..=2025 {
        let end = format!("{year}-12-31");
        let contract = monthly(&format!("{year}-01-01"), Some(&end), "1");
        // A number that has to be escaped wherever it stands in a path.
        market
            .put(&format!("contracts/C%20{year}%2F%C3%A9"), &contract)
            .await;
    }
    let named = |years: &[u32]| {
        years
            .iter()
            .map(|it| format!("C {it}/é"))
            .collect::<Vec<_>>()
    };
    let mut uri = format!("{CONTRACTS}?pageSize=2&dateEnd=2026-01-01&status=inactive");
    let mut forward = Vec::new();
    let last = loop {
        let page = market.get(&uri).await;
        readable(&page);
        assert_eq!(page["selfUri"], uri);
        forward.push(page.clone());
        match page["nextUri"].as_str() {
            Some(next) => uri = next.to_owned(),
            None => break page,
        }
    };
    assert!(forward[0].get("previousUri").is_none());
    let shown: Vec<_> = forward.iter().map(numbers).collect();
    assert_eq!(
        shown,
        [named(&[2025, 2024]), named(&[2023, 2022]), named(&[2021])]
    );
    let mut uri = last["previousUri"].as_str().map(str::to_owned);
    let mut backward = Vec::new();
    while let Some(previous) = uri {
        let page = market.get(&previous).await;
        backward.push(numbers(&page).join(", "));
        uri = page["previousUri"].as_str().map(str::to_owned);
        assert!(page["nextUri"].is_string());
    }
    let joined = [named(&[2023, 2022]), named(&[2025, 2024])].map(|it| it.join(", "));
    assert_eq!(backward, joined);
    // What lies between two places, and a place without a contract any more.
    let place = |uri: &Value, name: &str| {
        let (_, cursor) = uri
            .as_str()
            .unwrap()
            .split_once(&format!("{name}="))
            .unwrap();
        cursor.split('&').next().unwrap().to_owned()
    };
    let after = place(&forward[0]["nextUri"], "after");
    let before = place(&last["previousUri"], "before");
    let between = market
        .get(&format!(
            "{CONTRACTS}?after={after}&before={before}&pageSize=1"
        ))
        .await;
    assert_eq!(numbers(&between), named(&[2023]));
    let path = format!("{CATALOG}/contracts/C%202024%2F%C3%A9");
    let operator = market.world.operator().await;
    assert_eq!(market.world.delete(&operator, &path).await.status, 204);
    let next = market.get(forward[0]["nextUri"].as_str().unwrap()).await;
    assert_eq!(numbers(&next), named(&[2023, 2022]));
}

#[tokio::test]
async fn filters_choose_contracts() {
    let market = Market::open().await;
    for (number, start, end) in [
        ("C-1", "2025-01-15", Some("2026-01-14")),
        ("C-2", "2026-01-15", Some("2026-12-31")),
        ("C-3", "2027-01-01", None),
    ] {
        market
            .put(&format!("contracts/{number}"), &monthly(start, end, "1"))
            .await;
    }
    for (query, found) in [
        ("", &["C-3", "C-2", "C-1"][..]),
        ("status=Active", &["C-2"]),
        ("status=INACTIVE", &["C-3", "C-1"]),
        ("status=", &["C-3", "C-2", "C-1"]),
        ("externalNumber=C-1", &["C-1"]),
        ("externalNumber=C", &[]),
        ("dateStart=2026-01-14", &["C-3", "C-2", "C-1"]),
        ("dateStart=2026-01-15", &["C-3", "C-2"]),
        ("dateEnd=2026-01-15", &["C-2", "C-1"]),
        ("dateEnd=2026-01-14", &["C-1"]),
        ("dateStart=2026-01-15&dateEnd=2026-12-31", &["C-2"]),
        ("dateStart=2199-01-01", &["C-3"]),
        ("status=Active&externalNumber=C-1", &[]),
        // As the SDK for Go sends a day.
        ("dateEnd=2026-01-14+00:00:00+%2B0000+UTC", &["C-1"]),
        ("pageSize=100000", &["C-3", "C-2", "C-1"]),
    ] {
        let listing = market.get(&format!("{CONTRACTS}?{query}")).await;
        assert_eq!(numbers(&listing), found, "{query}");
        assert!(listing.get("nextUri").is_none(), "{query}");
    }
    // It has not begun, so it has no period yet.
    let next = market.get(&format!("{CONTRACTS}/C-3")).await;
    assert_eq!(
        (&next["status"], &next["billingPeriods"]),
        (&json!("Inactive"), &json!([]))
    );
    assert!(next.get("dateEnd").is_none() && next.get("billToCustomer").is_none());
}

#[tokio::test]
async fn refusals_name_the_parameter() {
    let market = Market::open().await;
    for (number, start) in [("C-1", "2026-01-01"), ("C-2", "2026-08-01")] {
        let end = (number == "C-1").then_some("2026-07-31");
        market
            .put(&format!("contracts/{number}"), &monthly(start, end, "1"))
            .await;
    }
    let next = market.get(&format!("{CONTRACTS}?pageSize=1")).await;
    let next = next["nextUri"].as_str().unwrap();
    let (_, cursor) = next.split_once("after=").unwrap();
    for (query, code, field) in [
        ("pageSize=0", "invalid.query.param.value", "pageSize"),
        ("pageSize=-1", "invalid.query.param.value", "pageSize"),
        ("pageSize=ten", "invalid.query.param.value", "pageSize"),
        ("status=Ended", "invalid.query.param.value", "status"),
        ("after=C-1", "invalid.query.param.value", "after"),
        ("before=AAAA", "invalid.query.param.value", "before"),
        ("dateStart=2026-02-30", "invalid.date", "dateStart"),
        ("dateEnd=soon", "invalid.date", "dateEnd"),
        (
            "dateStart=2026-02-01&dateEnd=2026-01-31",
            "invalid.query.param.value",
            "dateEnd",
        ),
    ] {
        let answer = market.answer(&format!("{CONTRACTS}?{query}")).await;
        assert_eq!(answer.refusal(), (400, code.to_owned()), "{query}");
        assert_eq!(answer.json()["details"][0]["fieldName"], field, "{query}");
    }
    // A cursor of somebody else, even of the operator who acts for Acme and then for Globex.
    for (token, path) in [
        (market.globex().await, next.to_owned()),
        (
            market.world.operator().await,
            format!("{CONTRACTS}?after={cursor}&organizationId={GLOBEX}"),
        ),
    ] {
        let answer = market.world.get(&token, &path).await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid.query.param.value".to_owned())
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let market = Market::open().await;
    market
        .put("contracts/C-1", &monthly("2026-09-15", None, "1"))
        .await;
    for path in [
        "C-2",
        "C-2/billingperiods/2026-09-15",
        "C-1/billingperiods/2026-09-16",
        "C-1/billingperiods/2026-09-01",
        // It is yet to come.
        "C-1/billingperiods/2026-12-15",
        "C-1/billingperiods/20260915",
        "C-1/billingperiods/first",
        "C-1/billingperiods/%2026-09-15",
    ] {
        let answer = market.answer(&format!("{CONTRACTS}/{path}")).await;
        assert_eq!(answer.refusal(), (404, "not.found".to_owned()), "{path}");
    }
    for path in ["C-1", "C-1/billingperiods/2026-09-15"] {
        let path = format!("{CONTRACTS}/{path}");
        let globex = market.globex().await;
        assert_eq!(market.world.get(&globex, &path).await.refusal().0, 404);
        // The operator has to say for whom it asks.
        assert_eq!(market.get_as_operator(&path).await.refusal().0, 404);
        let path = format!("{path}?organizationId={ACME}");
        let shown = market.get_as_operator(&path).await;
        assert_eq!(shown.json(), market.get(&path).await);
    }
}

/// Links of an operator lead on for the same organisation.
#[tokio::test]
async fn an_operator_turns_the_pages_of_a_customer() {
    let market = Market::open().await;
    for (number, start) in [("C-1", "2026-01-01"), ("C-2", "2026-08-01")] {
        let end = (number == "C-1").then_some("2026-07-31");
        market
            .put(&format!("contracts/{number}"), &monthly(start, end, "1"))
            .await;
    }
    let uri = format!("{CONTRACTS}?pageSize=1&organizationId={ACME}");
    let first = market.get_as_operator(&uri).await.json();
    assert_eq!(
        (numbers(&first), &first["selfUri"]),
        (vec!["C-2"], &json!(uri))
    );
    let next = first["nextUri"].as_str().unwrap();
    let second = market.get_as_operator(next).await.json();
    assert_eq!(numbers(&second), ["C-1"]);
    assert_eq!(numbers(&market.get(CONTRACTS).await), ["C-2", "C-1"]);
}

/// What is paid ahead is charged through the contract year, usage through the last close.
#[tokio::test]
async fn plans_say_through_which_day_they_are_charged() {
    let market = Market::open().await;
    market
        .put("closing", &json!({"billingFrom": "2026-01-01"}))
        .await;
    let contract = json!({"organization": ACME, "subscription": "PREPAY", "currency": "EUR",
    "start": "2026-10-10", "end": "2028-10-09", "lines": [
        {"product": "SEAT", "prepayQuantity": "5", "prepayPrice": "20", "overagePrice": "30"},
        {"product": "VOICE", "overagePrice": "0.1"},
    ]});
    market.put("contracts/C-1", &contract).await;
    let charged = async || {
        let contract = market.get(&format!("{CONTRACTS}/C-1")).await;
        let plans = contract["plans"].as_array().unwrap().clone();
        let through = plans.iter().map(|plan| {
            assert_eq!(plan["items"].as_array().unwrap().len(), 1);
            let item = &plan["items"][0];
            let through = item["dateChargedThrough"].as_str().map(str::to_owned);
            (item["type"].as_str().unwrap().to_owned(), through)
        });
        through.collect::<Vec<_>>()
    };
    let plan = |how: &str, day: Option<&str>| (how.to_owned(), day.map(str::to_owned));
    assert_eq!(
        charged().await,
        [plan("prepayment", None), plan("usage", None)]
    );
    // Closes October, whose period is over on 9 November, and the year is charged with it.
    market.close("C-1").await;
    let year = plan("prepayment", Some("2027-10-09"));
    assert_eq!(
        charged().await,
        [year.clone(), plan("usage", Some("2026-11-09"))]
    );
    // The last period of the year is not over yet.
    market.close_at("C-1", "2027-10-09T12:00:00Z").await;
    assert_eq!(charged().await, [year, plan("usage", Some("2027-09-09"))]);
    // The next year is charged in advance as it begins.
    market.close_at("C-1", "2027-10-10T12:00:00Z").await;
    let next = plan("prepayment", Some("2028-10-09"));
    assert_eq!(charged().await, [next, plan("usage", Some("2027-10-09"))]);
}

/// Five seats are paid for a year when it begins: 5 × 20 × 12 = 1,200.00. Later periods have
/// no charge for them, and show how they are used all the same.
#[tokio::test]
async fn a_prepayment_is_charged_once_and_shown_with_each_period() {
    let market = Market::open().await;
    let contract = json!({"organization": ACME, "subscription": "PREPAY", "currency": "EUR",
    "start": "2026-10-01", "end": "2027-09-30", "lines": [
        {"product": "SEAT", "prepayQuantity": "5", "prepayPrice": "20", "overagePrice": "30"},
    ]});
    market.put("contracts/C-1", &contract).await;
    let path = format!("{CONTRACTS}/C-1/billingperiods");
    let charges = async |id: &str| {
        let period = market.get(&format!("{path}/{id}")).await;
        let charges = period["charges"].as_array().unwrap().clone();
        let shown = charges.iter().map(|charge| {
            let kind = charge["kind"].as_str().unwrap().to_owned();
            (
                kind,
                charge["amount"].to_string(),
                charge["prepaidQuantity"].to_string(),
            )
        });
        shown.collect::<Vec<_>>()
    };
    let charge = |kind: &str, amount: &str| (kind.to_owned(), amount.to_owned(), "5".to_owned());
    assert_eq!(
        charges("2026-10-01").await,
        [charge("prepayment", "1200"), charge("overage", "0")]
    );
    assert_eq!(charges("2026-11-01").await, [charge("overage", "0")]);
}

/// Tiers, bundles, prices that change and internal use have no one price of a unit.
#[tokio::test]
async fn a_rate_is_left_out_where_there_is_none() {
    let market = Market::open().await;
    market.used("e-1", "30", "2026-11-02T00:00:00Z").await;
    let bundle = json!({"name": "voice by ten", "charge": "TEN", "meter": "minutes",
        "grouping": "resource", "unit": "unit", "unitOfMeasure": "Minute", "bundle": "10"});
    market.put("products/TEN", &bundle).await;
    let path = "contracts/C-1";
    let rate = async |change: &dyn Fn(&mut Value)| {
        let mut contract = monthly("2026-11-01", None, "0.5");
        change(&mut contract);
        market.put(path, &contract).await;
        let path = format!("{CONTRACTS}/C-1/billingperiods/2026-11-01");
        let period = market.get(&path).await;
        let charge = period["charges"][0].clone();
        assert_eq!(charge["kind"], "overage");
        assert_eq!(charge["overageCharge"], charge["amount"]);
        assert_eq!(charge["overageQuantity"], 30);
        (
            charge["overageCharge"].to_string(),
            charge.get("overageRate").cloned(),
        )
    };
    let (charge, one) = rate(&|_| {}).await;
    assert_eq!((charge.as_str(), one), ("15", Some(json!(0.5))));
    type Edit<'a> = &'a dyn Fn(&mut Value);
    let none: [(&str, Edit<'_>); 4] = [
        // 10 × 1 + 20 × 2.
        ("50", &|contract| {
            contract["lines"] = json!([{"product": "VOICE", "tierMode": "graduated",
                "tiers": [{"upTo": "10", "price": "1"}, {"price": "2"}]}]);
        }),
        // 3 × 4.
        ("12", &|contract| {
            contract["lines"] = json!([{"product": "TEN", "overagePrice": "4"}]);
        }),
        // All of it was used before the new price.
        ("15", &|contract| {
            contract["amendments"] = json!([{"effective": "2026-11-10",
                "lines": [{"product": "VOICE", "overagePrice": "0.6"}]}]);
        }),
        ("0", &|contract| contract["subscription"] = "ININ".into()),
    ];
    for (expected, change) in none {
        let (charge, rate) = rate(change).await;
        assert_eq!((charge.as_str(), rate), (expected, None));
    }
}

/// Three periods are closed, then the contract is ended in the first of them.
#[tokio::test]
async fn periods_after_an_end_that_was_put_late_stay_listed() {
    let market = Market::open().await;
    market
        .put("closing", &json!({"billingFrom": "2026-01-01"}))
        .await;
    market
        .put("contracts/C-1", &monthly("2026-08-01", None, "2"))
        .await;
    market.used("e-1", "5", "2026-08-20T00:00:00Z").await;
    market.used("e-2", "7", "2026-10-02T00:00:00Z").await;
    market.close("C-1").await;
    let mut ended = monthly("2026-08-01", None, "2");
    ended["end"] = "2026-08-15".into();
    let body = json!({"contract": ended, "reason": "Given up in August."});
    market
        .post(&format!("{CONTRACTS}/C-1/corrections"), &body)
        .await;
    let contract = market.get(&format!("{CONTRACTS}/C-1")).await;
    assert_eq!(
        (&contract["status"], &contract["dateEnd"]),
        (&json!("Inactive"), &json!("2026-08-15"))
    );
    let period = |first: &str, last: &str| json!({"id": first, "dateStart": first, "dateEnd": last, "status": "Closed"});
    let periods = [
        period("2026-10-01", "2026-10-31"),
        period("2026-09-01", "2026-09-30"),
        period("2026-08-01", "2026-08-15"),
    ];
    assert_eq!(contract["billingPeriods"], json!(periods));
    for (id, closed) in [
        ("2026-10-01", 14.0),
        ("2026-09-01", 0.0),
        ("2026-08-01", 10.0),
    ] {
        let path = format!("{CONTRACTS}/C-1/billingperiods/{id}");
        let detail = market.get(&path).await;
        assert_eq!(
            detail["charges"][0]["amount"].as_f64(),
            Some(closed),
            "{id}"
        );
        // Nothing of it was used by 15 August.
        assert!(total(&detail).abs() < 1e-9, "{id}: {detail}");
        let adjustments = detail["charges"].as_array().unwrap().iter();
        let adjustments: Vec<_> = adjustments
            .filter(|it| it["kind"] == "adjustment")
            .collect();
        assert_eq!(adjustments.len(), usize::from(closed > 0.0), "{id}");
        for adjustment in adjustments {
            assert_eq!(adjustment["adjustedKind"], "overage");
            assert_eq!(adjustment["product"]["sku"], "VOICE");
            let fields = adjustment.as_object().unwrap();
            assert!(fields.keys().all(|name| !name.starts_with("overage")));
        }
    }
}
