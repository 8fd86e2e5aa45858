//! Charges follow from what was used, not from when or how it arrived; and an
//! overview and the report of its period agree.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG};

/// Meter, aggregation and field of the six.
const METERS: [(&str, &str, &str); 6] = [
    ("users", "unique", ""),
    ("minutes", "sum", "minutes"),
    ("messages", "count", ""),
    ("storage", "max", "gb"),
    ("hours", "hours", "seconds"),
    ("agents", "peak", "seconds"),
];

/// 2026-10-12T22:00:00Z: midnight in Berlin, where a period begins.
const BEGIN: i64 = 1_791_842_400;

#[derive(Debug, Clone)]
struct Used {
    meter: usize,
    subject: u8,
    /// Minutes from two days before the period on.
    minute: i64,
    amount: u32,
}

fn used() -> impl Strategy<Value = Used> {
    // The period has 31 days and an hour; what is later than now is not taken.
    (0..6usize, 0..5u8, 0..50_000i64, 0..90_000u32).prop_map(|(meter, subject, minute, amount)| {
        Used {
            meter,
            subject,
            minute,
            amount,
        }
    })
}

fn event(at: usize, used: &Used) -> Value {
    let micros = (BEGIN + (used.minute - 2880) * 60) * 1_000_000;
    let data = json!({
        "minutes": format!("{}.{}", used.amount / 100, used.amount % 100),
        "gb": used.amount, "seconds": used.amount,
    });
    json!({
        "specversion": "1.0", "id": format!("e-{at}"), "source": "/test",
        "type": METERS[used.meter].0, "subject": format!("s-{}", used.subject),
        "time": exchequer_types::dates::format(micros), "data": data,
    })
}

async fn stage() -> (World, [String; 2]) {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let put = async |path: String, body: Value| {
        let answer = world
            .put(&operator, &format!("{CATALOG}/{path}"), &body)
            .await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    };
    let mut lines = Vec::new();
    for (meter, aggregation, field) in METERS {
        let mut rule = json!({"eventType": meter, "aggregation": aggregation});
        if !field.is_empty() {
            rule["quantity"] = field.into();
        }
        put(format!("meters/{meter}"), rule).await;
        let product = json!({"name": meter, "charge": meter, "meter": meter, "grouping": "resource",
            "unit": "unit", "unitOfMeasure": "Unit"});
        put(format!("products/{meter}"), product).await;
        lines.push(
            json!({"product": meter, "prepayQuantity": "3", "prepayPrice": "1.005",
            "tierMode": "graduated", "allowance": "2.5",
            "tiers": [{"upTo": "10", "price": "0.125"}, {"price": "0.0333", "flat": "7"}]}),
        );
    }
    let contract = json!({"organization": ACME, "subscription": "PREPAY_MONTHLY_COMMITMENT",
        "currency": "EUR", "timeZone": "Europe/Berlin", "start": "2026-10-13", "lines": lines,
        "minimumMonthly": "40"});
    put("contracts/C-1".to_owned(), contract).await;
    (world, [operator, acme])
}

/// Sends events in this order, in requests of this size, folding now and then.
async fn send(world: &World, token: &str, events: &[Value], size: usize) {
    for (number, chunk) in events.chunks(size).enumerate() {
        let answer = world.ingest(token, &json!(chunk)).await.json();
        assert_eq!(answer["rejected"], json!([]));
        if number % 3 == 1 {
            world.store().fold().await.unwrap();
        }
    }
}

/// The overview with its charges, having been compared with the report.
async fn overview(world: &World, token: &str, index: u32) -> Value {
    let path = "/api/v2/billing/subscriptionoverview";
    let path = format!("{path}?billingPeriodIndex={index}&expand=charges");
    let overview = world.get(token, &path).await.json();
    let date = |name: &str| overview[name].as_str().unwrap().to_owned();
    let (start, end) = (date("billingPeriodStartDate"), date("billingPeriodEndDate"));
    let report = world.report(token, &start, &end).await.json();
    let usages = report["usages"].as_array().unwrap();
    assert_eq!(usages.len(), METERS.len());
    for usage in usages {
        let rows = overview["usages"].as_array().unwrap();
        let of = |row: &&Value| row["name"] == usage["name"] && row["grouping"] != "fair-use";
        let row = rows.iter().find(of).unwrap();
        assert_eq!(row["usageQuantity"], usage["totalUsage"]);
    }
    overview
}

async fn check(all: Vec<Used>, order: Vec<Index>, size: usize) {
    let events: Vec<Value> = all
        .iter()
        .enumerate()
        .map(|(at, used)| event(at, used))
        .collect();
    let mut shuffled = events.clone();
    for (at, with) in order.iter().enumerate() {
        let at = at % shuffled.len();
        let with = with.index(shuffled.len());
        shuffled.swap(at, with);
    }
    // Some come twice.
    let again: Vec<Value> = shuffled.iter().step_by(3).cloned().collect();
    shuffled.extend(again);
    let (one, [_, first]) = stage().await;
    let (two, [_, second]) = stage().await;
    send(&one, &first, &events, 1000).await;
    send(&two, &second, &shuffled, size).await;
    for index in 0..2 {
        let left = overview(&one, &first, index).await;
        assert_eq!(left, overview(&two, &second, index).await);
    }
}

proptest! {
    #![proptest_config(Config { cases: 12, ..Config::default() })]

    #[test]
    fn charges_do_not_depend_on_the_order_of_arrival(
        all in prop::collection::vec(used(), 1..60),
        order in prop::collection::vec(any::<Index>(), 60),
        size in 1usize..20,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(check(all, order, size));
    }
}
