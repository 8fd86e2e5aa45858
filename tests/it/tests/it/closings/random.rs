//! Periods that are closed at any time, while events go on arriving: what is charged for each
//! of them in the end is what it would have cost if everything had been known at once.

use std::collections::BTreeMap;

use exchequer_core::Exact;
use exchequer_support::world::{ACME, CATALOG};
use exchequer_support::{Clock, Random, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::verified::verified;
use super::{CLOSINGS, instant};
use crate::bills::file::{load, puts};

/// The amount that was charged by period, kind and product.
type Charged = BTreeMap<(String, String, String), Exact>;

const EXPLANATION: &str = "/api/v2/billing/usage/explanation";

const WORLDS: u64 = 12;

const MONTHS: u64 = 6;

/// A ledger of one contract.
struct Ledger {
    world: World,
    clock: Clock,
}

impl Ledger {
    async fn new(documents: &toml::Table) -> Self {
        let clock = Clock::at(instant("2026-01-01T00:00:00Z"));
        let world = World::with(|config| {
            config.ambient = clock.ambient();
            config.closing_interval = None;
            config.rate_limit = 1_000_000;
        })
        .await;
        let common = concat!(env!("CARGO_MANIFEST_DIR"), "/bills/common.toml");
        let terms = json!({"billingFrom": "2000-01-01"});
        let token = world.operator().await;
        let closing = [("closing".to_owned(), terms)];
        let puts = puts(&load(common.as_ref(), documents));
        for (path, body) in puts.iter().chain(&closing) {
            let answer = world.put(&token, &format!("{CATALOG}/{path}"), body).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.text);
        }
        Self { world, clock }
    }

    async fn take(&self, events: &[Value]) {
        if !events.is_empty() {
            let token = self.world.operator().await;
            let answer = self.world.ingest(&token, &Value::from(events)).await;
            assert!(answer.status.is_success(), "{}", answer.text);
        }
    }

    async fn explain(&self, event: &Value) -> Value {
        let token = self.world.operator().await;
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let request = self.world.request(Method::GET, EXPLANATION).query(&[
            ("source", text("source")),
            ("id", text("id")),
            ("time", text("time")),
            ("organizationId", ACME.to_owned()),
        ]);
        let answer = self.world.send(request.bearer_auth(token)).await;
        assert_eq!(answer.status, 200, "{event}: {}", answer.text);
        answer.json()
    }

    /// Closes what is over by an instant, and returns what that charges.
    async fn close(&self, now: &str) -> Charged {
        self.clock.set(instant(now));
        let token = self.world.operator().await;
        let request = self
            .world
            .request(Method::POST, CLOSINGS)
            .bearer_auth(token);
        let answer = self
            .world
            .send(request.json(&json!({"contract": "C-1"})))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut charged = Charged::new();
        for entry in answer.json()["entries"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            for row in entry["rows"].as_array().into_iter().flatten() {
                let part = text(&row["partNumber"]);
                let key = (text(&entry["billingPeriodId"]), text(&row["kind"]), part);
                add(&mut charged, key, text(&row["amount"]).parse().unwrap());
            }
        }
        charged
    }
}

/// Compares what has become of an event with when it arrived: before the close with which
/// the month after its own began, or after it.
fn check_explained(
    event: &Value,
    all: &[Value],
    end: Option<&str>,
    arrived: u64,
    explained: &Value,
) {
    let of = |other: &&Value| other["voids"] == event["id"] && other["time"] == event["time"];
    let reason = match event.get("voids") {
        Some(_) => Some("void"),
        None => all.iter().find(of).map(|_| "voided"),
    };
    let periods = explained["billingPeriods"].as_array().unwrap();
    if let Some(reason) = reason {
        assert_eq!(explained["reason"], reason, "{explained}");
        assert!(periods.is_empty(), "{explained}");
        return;
    }
    let [period] = periods.as_slice() else {
        assert!(periods.is_empty(), "{explained}");
        assert_eq!(explained["reason"], "noContract", "{explained}");
        let end = end.expect("a contract without an end has periods");
        assert!(end <= event["time"].as_str().unwrap(), "{end}: {explained}");
        return;
    };
    let id = period["billingPeriodId"].as_str().unwrap();
    let month: u64 = id[5..7].parse().unwrap();
    let entries = period["entries"].as_array().unwrap();
    match period["stage"].as_str().unwrap() {
        "closed" => {
            assert!(arrived <= month + 1, "{arrived}: {explained}");
            assert_eq!(entries.len(), 1, "{explained}");
            assert_eq!(entries[0]["kind"], "close", "{explained}");
        }
        "adjusted" => {
            assert!(month + 1 < arrived, "{arrived}: {explained}");
            for entry in entries {
                assert_eq!(entry["kind"], "adjustment", "{explained}");
            }
            assert_eq!(entries[0]["billingPeriodId"], id, "{explained}");
        }
        "noDifference" => assert!(month + 1 < arrived, "{arrived}: {explained}"),
        other => panic!("{other}: {explained}"),
    }
    // The priced products that it counts for are none where another type is priced.
    let priced = !period["partNumbers"].as_array().unwrap().is_empty();
    let unpriced = explained.get("reason").is_some();
    assert_ne!(priced, unpriced, "{explained}");
}

fn add(charged: &mut Charged, key: (String, String, String), amount: Exact) {
    let sum = charged.remove(&key).unwrap_or_else(Exact::zero) + amount;
    if !sum.is_zero() {
        charged.insert(key, sum);
    }
}

/// A contract of random terms, in which one line moves another.
fn contract(random: &mut Random) -> toml::Table {
    let lines = match random.below(4) {
        // Two lines draw from a wallet, which changes.
        0 => format!(
            r#"subscription = "MONTH_TO_MONTH"
decrease = "{}"
line = [
  {{ product = "VOICE-MIN", overage_price = "0.02", conversion = {{ wallet = "W", units_per_token = "17" }} }},
  {{ product = "AI-TOKEN", overage_price = "0.25", conversion = {{ wallet = "W", tokens_per_unit = "1.5" }} }},
]
wallet = [{{ product = "W", quantity = "{}", price = "0.1", term = "{}" }}]
amendment = [{{ effective = 2026-03-10, wallet = [{{ product = "W", quantity = "{}" }}] }}]"#,
            ["given_back", "next_year"][random.below(2) as usize],
            20 + random.below(60),
            ["year", "period"][random.below(2) as usize],
            10 + random.below(90),
        ),
        // Licences move an allowance, all of it a minimum.
        1 => format!(
            r#"subscription = "PREPAY_MONTHLY_COMMITMENT"
minimum_monthly = "{}"
line = [
  {{ product = "GC-170-NV-CX3", prepay_quantity = "3", prepay_price = "20", overage_price = "30.5" }},
  {{ product = "VOICE-MIN", overage_price = "0.137", fair_use = [{{ licence = "GC-170-NV-CX3", amount = "5" }}] }},
]"#,
            60 + random.below(60)
        ),
        // Purchases of a year, an increase, and what is given back at an end.
        2 => format!(
            r#"subscription = "PREPAY"
decrease = "given_back"
end = 2026-05-{:02}
line = [{{ product = "GC-170-NV-CX3", prepay_quantity = "2", prepay_price = "20", overage_price = "30" }}]
amendment = [{{ effective = 2026-02-{:02}, line = [{{ product = "GC-170-NV-CX3", prepay_quantity = "{}" }}] }}]"#,
            1 + random.below(28),
            2 + random.below(26),
            1 + random.below(4)
        ),
        // Tiers, and prices that change within a period.
        _ => r#"subscription = "MONTH_TO_MONTH"
line = [{ product = "VOICE-MIN", tier_mode = "graduated", tier = [
  { up_to = "20", price = "0.2", flat = "1" }, { price = "0.15", flat = "5" } ] },
  { product = "AI-TOKEN", overage_price = "0.0137" }]
amendment = [{ effective = 2026-03-11, line = [{ product = "AI-TOKEN", overage_price = "0.0151" }] }]"#
            .to_owned(),
    };
    let text = format!(
        r#"
[[product]]
sku = "W"
name = "Wallet"
charge = "Wallet"
grouping = "wallet"
unit = "token"
unit_of_measure = "Token"

[[contract]]
number = "C-1"
organization = "{ACME}"
currency = "EUR"
start = 2026-01-01
time_zone = "{}"
{lines}
"#,
        ["UTC", "Europe/Berlin", "America/New_York"][random.below(3) as usize],
    );
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Events of the months, and some that void others.
fn events(random: &mut Random) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    for number in 0..40 {
        let time = format!(
            "2026-{:02}-{:02}T{:02}:30:00Z",
            1 + random.below(MONTHS),
            1 + random.below(28),
            random.below(24)
        );
        let mut event = json!({"specversion": "1.0", "id": format!("e-{number}"), "source": "/s",
            "organization": ACME, "time": time, "subject": format!("s-{}", random.below(6))});
        let (kind, data) = match random.below(3) {
            0 => ("user.login", json!({})),
            1 => (
                "call.ended",
                json!({"minutes": format!("{}.3", random.below(40))}),
            ),
            _ => ("ai.used", json!({"tokens": random.below(20).to_string()})),
        };
        (event["type"], event["data"]) = (kind.into(), data);
        if number > 0 && random.below(8) == 0 {
            let voided = &events[random.below(number) as usize];
            let (time, id) = (voided["time"].clone(), voided["id"].clone());
            (event["type"], event["time"], event["voids"]) = ("usage.voided".into(), time, id);
        }
        events.push(event);
    }
    events
}

/// Closes after each month, and once more at the end, while events come in any order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_charged_does_not_depend_on_when_it_was_known() {
    for seed in 0..WORLDS {
        let mut random = Random::new(seed);
        let documents = contract(&mut random);
        let events = events(&mut random);
        let mut rest: Vec<_> = events.iter().map(|it| (random.draw(), it)).collect();
        rest.sort_by_key(|(order, _)| *order);
        let mut rest: Vec<Value> = rest.into_iter().map(|(_, event)| event.clone()).collect();

        let piecemeal = Ledger::new(&documents).await;
        let mut charged = Charged::new();
        let mut arrivals = BTreeMap::new();
        for month in 2..=MONTHS + 2 {
            let arrive = rest.len() / 2;
            let left = if month > MONTHS {
                0
            } else {
                rest.len() - arrive
            };
            let arrived: Vec<Value> = rest.drain(left..).collect();
            // What is in the future is refused: the clock is moved before.
            let now = format!("2026-{:02}-02T06:00:00Z", month.max(7));
            piecemeal.clock.set(instant(&now));
            piecemeal.take(&arrived).await;
            let ids = arrived.iter().map(|event| event["id"].to_string());
            arrivals.extend(ids.map(|id| (id, month)));
            let until = format!("2026-{month:02}-02T06:00:00Z");
            for (key, amount) in piecemeal.close(&until).await {
                add(&mut charged, key, amount);
            }
        }

        let end = documents["contract"][0]
            .get("end")
            .map(toml::Value::to_string);
        for event in &events {
            let explained = piecemeal.explain(event).await;
            let arrived = arrivals[&event["id"].to_string()];
            check_explained(event, &events, end.as_deref(), arrived, &explained);
        }
        let (findings, _) = verified(&piecemeal.world).await;
        assert!(
            findings.is_empty(),
            "world {seed}: {findings:#?}\n{documents}"
        );

        let at_once = Ledger::new(&documents).await;
        at_once.clock.set(instant("2026-08-02T06:00:00Z"));
        at_once.take(&events).await;
        let whole = at_once.close("2026-08-02T06:00:00Z").await;
        assert_eq!(charged, whole, "world {seed}: {documents}");
    }
}
