//! Series in a time zone: hours, days and months that can be laid beside a bill.

use exchequer_store::audit;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, login};

const SERIES: &str = "/api/v2/billing/usage/series";
const OWN: &str = "/api/v2/billing/subscriptionoverview";

async fn put(world: &World, token: &str, path: &str, body: &Value) {
    let put = world.put(token, &format!("{CATALOG}/{path}"), body).await;
    assert_eq!(put.status, 201, "{path}: {}", put.text);
}

fn call(id: &str, time: &str, minutes: &str) -> Value {
    let mut event = login(id, "ada", time);
    event["type"] = json!("call.ended");
    event["data"] = json!({ "minutes": minutes });
    event
}

fn contract(zone: &str, start: &str, end: Option<&str>) -> Value {
    let mut contract = json!({"organization": ACME, "subscription": "MONTH_TO_MONTH",
        "currency": "EUR", "timeZone": zone, "start": start,
        "lines": [{"product": "MIN", "overagePrice": "0.10"}]});
    if let Some(end) = end {
        contract["end"] = json!(end);
    }
    contract
}

/// Acme's contract is of Berlin, and every hour of October has a call.
async fn fill(world: &World) -> [String; 2] {
    let [operator, acme, _] = world.populate().await;
    let minutes = json!({"eventType": "call.ended", "aggregation": "sum", "quantity": "minutes"});
    put(world, &operator, "meters/minutes", &minutes).await;
    let product = json!({"name": "Minutes", "charge": "Minutes", "meter": "minutes",
        "grouping": "resource", "unit": "minute", "unitOfMeasure": "Minute"});
    put(world, &operator, "products/MIN", &product).await;
    let contract = contract("Europe/Berlin", "2026-01-01", None);
    put(world, &operator, "contracts/C-1", &contract).await;
    let hours = (0..33 * 24).map(|hour: u32| {
        let day = 30 + hour / 24;
        let day = if day == 30 {
            "2026-09-30".to_owned()
        } else if day < 62 {
            format!("2026-10-{:02}", day - 30)
        } else {
            "2026-11-01".to_owned()
        };
        let time = format!("{day}T{:02}:30:00Z", hour % 24);
        call(&format!("c-{hour}"), &time, "1.5")
    });
    let answer = world.ingest(&acme, &json!(hours.collect::<Vec<_>>())).await;
    assert_eq!(answer.json()["accepted"], 33 * 24, "{}", answer.text);
    [operator, acme]
}

async fn series(world: &World, token: &str, query: &str) -> Value {
    let answer = world
        .get(token, &format!("{SERIES}?meter=minutes&{query}"))
        .await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

fn column<'a>(series: &'a Value, name: &str) -> Vec<&'a str> {
    let buckets = series["entities"].as_array().unwrap().iter();
    buckets
        .map(|bucket| bucket[name].as_str().unwrap())
        .collect()
}

fn sum(series: &Value) -> f64 {
    let usage = column(series, "usage").into_iter();
    usage.map(|text| text.parse::<f64>().unwrap()).sum()
}

#[tokio::test]
async fn the_days_of_a_month_are_those_of_the_bill() {
    let world = World::start().await;
    let [operator, acme] = fill(&world).await;
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        // Days of the contract's zone, also those of the range itself.
        let days = series(&world, &acme, "startDate=2026-10-01&endDate=2026-11-01").await;
        assert_eq!(days["timeZone"], "Europe/Berlin");
        assert_eq!(days["startDate"], "2026-09-30T22:00:00.000Z");
        assert_eq!(days["endDate"], "2026-10-31T23:00:00.000Z");
        let starts = column(&days, "localStart");
        assert_eq!(starts.len(), 31);
        assert_eq!(starts[0], "2026-10-01T00:00:00.000+02:00");
        assert_eq!(starts[30], "2026-10-31T00:00:00.000+01:00");
        // On the 25th clocks went back.
        assert_eq!(days["entities"][24]["usage"], "37.5");
        assert_eq!(days["entities"][25]["usage"], "36");
        let overview = world
            .get(&acme, &format!("{OWN}?billingPeriodIndex=1"))
            .await
            .json();
        assert_eq!(overview["billingPeriodStartDate"], days["startDate"]);
        let billed = overview["usages"][0]["usageQuantity"].as_str().unwrap();
        assert_eq!(billed, "1117.5");
        assert!((sum(&days) - 1117.5).abs() < 1e-9);
        // The last second of the month, as people write it, and the end of the period as the
        // overview shows it, are the same end.
        for end in ["2026-10-31T23:59:59", "2026-10-31T22:59:59.999Z"] {
            let same = format!("startDate=2026-10-01T00:00&endDate={end}");
            assert_eq!(series(&world, &acme, &same).await, days);
        }
        let month = "granularity=month&startDate=2026-10-01&endDate=2026-11-01";
        let month = series(&world, &acme, month).await;
        assert_eq!(column(&month, "usage"), ["1117.5"]);
        assert_eq!(
            column(&month, "localStart"),
            ["2026-10-01T00:00:00.000+02:00"]
        );
        // UTC is asked for by name, and is what everybody without a contract has.
        let utc = "timeZone=UTC&startDate=2026-10-01&endDate=2026-11-01";
        let utc = series(&world, &acme, utc).await;
        assert_eq!(
            (&utc["timeZone"], utc["entities"][24]["usage"].as_str()),
            (&json!("UTC"), Some("36"))
        );
        assert_eq!(column(&utc, "localStart"), column(&utc, "startDate"));
    }
    let trail = world.store().database();
    let other = format!(
        "{SERIES}?meter=minutes&startDate=2026-10-01&endDate=2026-11-01&organizationId={ACME}"
    );
    assert_eq!(
        world.get(&operator, &other).await.json()["timeZone"],
        "Europe/Berlin"
    );
    let entry = trail.read(|db| audit::list(db, ACME.parse().unwrap(), 1));
    assert_eq!(
        entry.await.unwrap()[0].detail,
        "2026-09-30T22:00:00.000Z/2026-10-31T23:00:00.000Z of minutes by day of Europe/Berlin"
    );
}

#[tokio::test]
async fn hours_of_a_clock_change_are_told_apart_by_their_offset() {
    let world = World::start().await;
    let [_, acme] = fill(&world).await;
    let hours = "granularity=hour&startDate=2026-10-25T01:00&endDate=2026-10-25T04:00";
    let hours = series(&world, &acme, hours).await;
    assert_eq!(
        column(&hours, "localStart"),
        [
            "2026-10-25T01:00:00.000+02:00",
            "2026-10-25T02:00:00.000+02:00",
            "2026-10-25T02:00:00.000+01:00",
            "2026-10-25T03:00:00.000+01:00",
        ]
    );
    assert_eq!(column(&hours, "usage"), ["1.5"; 4]);
    // What was skipped begins with what comes after it, what comes twice with the first.
    for (dates, start, end) in [
        (
            "startDate=2026-03-29T02:30&endDate=2026-03-29T03:30",
            "2026-03-29T01:00:00.000Z",
            "2026-03-29T01:30:00.000Z",
        ),
        (
            "startDate=2026-10-25T02:30&endDate=2026-10-25T03:00",
            "2026-10-25T00:30:00.000Z",
            "2026-10-25T02:00:00.000Z",
        ),
    ] {
        let range = series(&world, &acme, &format!("granularity=hour&{dates}")).await;
        assert_eq!(
            (range["startDate"].as_str(), range["endDate"].as_str()),
            (Some(start), Some(end))
        );
    }
    // Midnight is skipped in Santiago, and hours are cut at a quarter in Kathmandu.
    let days = "timeZone=America/Santiago&startDate=2026-09-05&endDate=2026-09-07";
    let days = series(&world, &acme, days).await;
    assert_eq!(
        column(&days, "localStart"),
        [
            "2026-09-05T00:00:00.000-04:00",
            "2026-09-06T01:00:00.000-03:00"
        ]
    );
    let hours = "timeZone=Asia/Kathmandu&granularity=hour&startDate=2026-10-01T00:00Z&endDate=2026-10-01T02:00Z";
    let hours = series(&world, &acme, hours).await;
    assert_eq!(
        column(&hours, "startDate")[1..],
        ["2026-10-01T00:15:00.000Z", "2026-10-01T01:15:00.000Z"]
    );
}

#[tokio::test]
async fn every_bucket_of_every_zone_is_the_report_of_its_range() {
    let world = World::start().await;
    let [_, acme] = fill(&world).await;
    for zone in [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Pacific/Kiritimati",
    ] {
        for (granularity, dates) in [
            ("month", "startDate=2026-09-01&endDate=2026-12-01"),
            ("day", "startDate=2026-10-03&endDate=2026-10-05T12:30"),
            (
                "hour",
                "startDate=2026-10-03T20:10Z&endDate=2026-10-03T23:50Z",
            ),
        ] {
            let query = format!("timeZone={zone}&granularity={granularity}&{dates}");
            let series = series(&world, &acme, &query).await;
            for bucket in series["entities"].as_array().unwrap() {
                let date = |name: &str| bucket[name].as_str().unwrap();
                let report = world
                    .report(&acme, date("startDate"), date("endDate"))
                    .await
                    .json();
                let mut usages = report["usages"].as_array().unwrap().iter();
                let usage = usages.find(|usage| usage["name"] == "minutes");
                let total = usage.map_or("0", |usage| usage["totalUsage"].as_str().unwrap());
                assert_eq!(bucket["usage"], total, "{query}: {bucket}");
            }
        }
    }
}

#[tokio::test]
async fn the_default_zone_is_that_of_the_contract_at_the_end_of_the_range() {
    let world = World::start().await;
    let [operator, acme] = fill(&world).await;
    let none = "startDate=2026-10-01&endDate=2026-10-02";
    let old = contract("Europe/Berlin", "2026-01-01", Some("2026-10-31"));
    let path = format!("{CATALOG}/contracts/C-1");
    assert_eq!(world.put(&operator, &path, &old).await.status, 200);
    let new = contract("America/New_York", "2026-11-01", Some("2026-11-30"));
    put(&world, &operator, "contracts/C-2", &new).await;
    for (end, zone) in [
        ("2025-12-31", "UTC"),
        ("2026-10-31T22:59:59.9Z", "Europe/Berlin"),
        ("2026-10-31T23:00:00.001Z", "America/New_York"),
        ("2026-12-15", "America/New_York"),
    ] {
        let query = format!("granularity=month&startDate=2025-12-01&endDate={end}");
        assert_eq!(
            series(&world, &acme, &query).await["timeZone"],
            zone,
            "{end}"
        );
    }
    // The last second of October in Berlin is not yet November's contract.
    let october = series(
        &world,
        &acme,
        "startDate=2026-10-01&endDate=2026-10-31T22:59:59.999Z",
    )
    .await;
    assert_eq!(october["timeZone"], "Europe/Berlin");
    assert_eq!(october["entities"].as_array().unwrap().len(), 31);
    let named = format!("{none}&timeZone=");
    assert_eq!(
        series(&world, &acme, &named).await["timeZone"],
        "Europe/Berlin"
    );
    for wrong in ["Mars/Olympus", "CEST", "%2B02:00", "Factory"] {
        let answer = world
            .get(
                &acme,
                &format!("{SERIES}?meter=minutes&{none}&timeZone={wrong}"),
            )
            .await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid.query.param.value".to_owned()),
            "{wrong}"
        );
        assert_eq!(answer.json()["details"][0]["fieldName"], "timeZone");
    }
}
