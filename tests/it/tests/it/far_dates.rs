//! Ranges and days at the ends of the calendar, as people write "for ever".

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, GLOBEX, REPORT, login};

const BEGIN: &str = "0001-01-01T00:00:00.000Z";
/// Read as the end of a range this is the end of the year 9999.
const END: &str = "9999-12-31T23:59:59.999Z";

/// Shapes of the beginning, and how it is shown.
const BEGINS: [(&str, &str); 5] = [
    ("0001-01-01", BEGIN),
    ("0001-01-01T00:00:00Z", BEGIN),
    ("0001-01-01T00:00:00-11:00", "0001-01-01T11:00:00.000Z"),
    // Before the year 1 of UTC there is nothing.
    ("0001-01-01T00:00:00+14:00", BEGIN),
    ("0001-01-01 00:00:00 +0000 UTC", BEGIN),
];

/// Shapes of the end.
const ENDS: [(&str, &str); 8] = [
    ("9999-12-31", "9999-12-31T00:00:00.000Z"),
    ("9999-12-30T23:00:00Z", "9999-12-30T23:00:00.000Z"),
    ("9999-12-31T12:00:00Z", "9999-12-31T12:00:00.000Z"),
    ("9999-12-31T23:59:59Z", END),
    (END, END),
    ("9999-12-31T23:59:59.999999Z", END),
    ("9999-12-31T23:59:59+14:00", "9999-12-31T10:00:00.000Z"),
    ("9999-12-31T23:59:59-11:00", END),
];

async fn fill(world: &World) -> [String; 2] {
    let [operator, acme, _] = world.populate().await;
    let events = json!([
        login("e-1", "ada", "2000-01-01T00:00:00Z"),
        login("e-2", "ben", "2026-11-15T12:05:00Z"),
    ]);
    let answer = world.ingest(&acme, &events).await;
    assert_eq!(answer.json()["accepted"], 2, "{}", answer.text);
    [operator, acme]
}

async fn get(world: &World, token: &str, path: &str) -> Value {
    let answer = world
        .get(token, &path.replace('+', "%2B").replace(' ', "%20"))
        .await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_range_over_all_years_holds_everything() {
    let world = World::start().await;
    let [_, acme] = fill(&world).await;
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        for (start, begin) in BEGINS {
            for (end, last) in ENDS {
                let range = format!("startDate={start}&endDate={end}");
                let report = get(&world, &acme, &format!("{REPORT}?{range}")).await;
                assert_eq!(report["startDate"], begin, "{range}");
                assert_eq!(report["endDate"], last, "{range}");
                assert_eq!(report["usages"][0]["totalUsage"], "2", "{range}");
                // The links and dates of an answer can be sent back.
                let again = report["selfUri"].as_str().unwrap();
                assert_eq!(get(&world, &acme, again).await, report);
            }
        }
        let range = format!("startDate={BEGIN}&endDate={END}");
        let events = get(
            &world,
            &acme,
            &format!("/api/v2/billing/usage/events?{range}"),
        )
        .await;
        assert_eq!(events["entities"].as_array().unwrap().len(), 2);
        let of_meter = format!("/api/v2/billing/usage/events?meter=logins&{range}&pageSize=1");
        let first = get(&world, &acme, &of_meter).await;
        let next = get(&world, &acme, first["nextUri"].as_str().unwrap()).await;
        assert_eq!(next["entities"][0]["id"], "e-2");
        let unbilled = get(
            &world,
            &acme,
            &format!("/api/v2/billing/usage/unbilled?{range}"),
        )
        .await;
        assert_eq!(
            (&unbilled["startDate"], &unbilled["endDate"]),
            (&json!(BEGIN), &json!(END))
        );
        let [only] = unbilled["entities"]
            .as_array()
            .unwrap()
            .clone()
            .try_into()
            .unwrap();
        assert_eq!(
            only,
            json!({"startDate": BEGIN, "endDate": END, "meter": "logins",
            "usage": "2", "reason": "noContract"})
        );
    }
    for (start, end) in [
        ("0000-12-31", "2026-01-01"),
        ("2026-01-01", "10000-01-01"),
        ("2026-01-01", "9999-12-32"),
        ("9999-12-31", "0001-01-01"),
    ] {
        let answer = world
            .get(&acme, &format!("{REPORT}?startDate={start}&endDate={end}"))
            .await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid.date".to_owned()),
            "{start} {end}"
        );
    }
}

#[tokio::test]
async fn a_series_reaches_both_ends_in_every_zone() {
    let world = World::start().await;
    let [_, acme] = fill(&world).await;
    let series = "/api/v2/billing/usage/series?meter=logins";
    for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin"] {
        // Without an offset the dates are of the zone: two days.
        let days =
            format!("{series}&timeZone={zone}&startDate=9999-12-30&endDate=9999-12-31T23:59:59");
        let days = get(&world, &acme, &days).await;
        let buckets = days["entities"].as_array().unwrap();
        assert_eq!(buckets.len(), 2, "{zone}: {days}");
        let local = buckets[1]["localStart"].as_str().unwrap();
        assert!(
            local.starts_with("9999-12-31T00:00:00.000"),
            "{zone}: {days}"
        );
        let whole = zone == "UTC" || zone == "Pacific/Niue";
        assert_eq!(days["endDate"] == END, whole, "{zone}: {days}");
        let months = format!(
            "{series}&timeZone={zone}&granularity=month&startDate=9999-11-01&endDate=9999-12-31T23:59:59"
        );
        let months = get(&world, &acme, &months).await;
        assert_eq!(
            months["entities"].as_array().unwrap().len(),
            2,
            "{zone}: {months}"
        );
        let hours = format!(
            "{series}&timeZone={zone}&granularity=hour&startDate=9999-12-31T00:00Z&endDate={END}"
        );
        let hours = get(&world, &acme, &hours).await;
        assert_eq!(
            hours["entities"].as_array().unwrap().len(),
            24,
            "{zone}: {hours}"
        );
        let first = format!(
            "{series}&timeZone={zone}&granularity=month&startDate={BEGIN}&endDate=0001-03-01T00:00Z"
        );
        let first = get(&world, &acme, &first).await;
        assert_eq!(first["startDate"], BEGIN);
        let buckets = first["entities"].as_array().unwrap().len();
        assert!((2..=4).contains(&buckets), "{zone}: {first}");
        // A day that nobody could want has no figure, but too many buckets are refused.
        let all =
            format!("{series}&timeZone={zone}&granularity=month&startDate={BEGIN}&endDate={END}");
        let answer = world.get(&acme, &all).await;
        assert_eq!(answer.refusal(), (400, "constraint.validation".to_owned()));
    }
}

#[tokio::test]
async fn days_of_the_catalog_at_the_ends_are_taken_or_refused_with_their_bounds() {
    let world = World::start().await;
    let [operator, acme] = fill(&world).await;
    let put = async |path: &str, body: &Value| {
        world
            .put(&operator, &format!("{CATALOG}/{path}"), body)
            .await
    };
    // A version of a meter may begin on any day from 2000 on; it changes nothing before.
    let rule = |effective: &str| json!({"eventType": "nobody", "aggregation": "unique", "effective": effective});
    let last = put("meters/logins", &rule("9999-12-31")).await;
    assert_eq!(last.status, 200, "{}", last.text);
    let last = last.json();
    assert_eq!(last["eventType"], "user.login");
    assert_eq!(last["versions"][1]["effective"], "9999-12-31");
    let all = format!("{REPORT}?startDate={BEGIN}&endDate=9999-12-31");
    assert_eq!(
        get(&world, &acme, &all).await["usages"][0]["totalUsage"],
        "2"
    );
    for day in ["0001-01-01", "1999-12-31", "10000-01-01", "0000-01-01"] {
        let refused = put("meters/logins", &rule(day)).await;
        assert_eq!(refused.refusal().0, 400, "{day}");
        assert_eq!(
            refused.json()["details"][0]["fieldName"],
            "effective",
            "{day}"
        );
    }
    for path in [
        "organizations/44444444-4444-4444-8444-444444444444",
        "products/P",
    ] {
        let body = json!({"name": "N", "charge": "C", "meter": "logins", "grouping": "g",
            "unit": "u", "unitOfMeasure": "User", "effective": "9999-12-31"});
        let refused = put(path, &body).await.refusal().0;
        assert!((400..500).contains(&refused), "{path}: {refused}");
    }
    let product = json!({"name": "N", "charge": "C", "meter": "logins", "grouping": "g",
        "unit": "u", "unitOfMeasure": "User"});
    assert_eq!(put("products/P", &product).await.status, 201);
    let contract = |start: &str, end: &str, amended: &str| {
        json!({"organization": GLOBEX, "subscription": "MONTH_TO_MONTH", "currency": "USD",
            "timeZone": "Pacific/Kiritimati", "start": start, "end": end,
            "lines": [{"product": "P", "overagePrice": "1"}],
            "amendments": [{"effective": amended, "lines": [{"product": "P", "overagePrice": "2"}]}]})
    };
    // The years of contracts are 2000 to 2199.
    for (start, end, amended, field) in [
        ("2000-01-01", "9999-12-31", "2026-01-01", "end"),
        ("0001-01-01", "2199-12-31", "2026-01-01", "start"),
        ("2000-01-01", "2200-01-01", "2026-01-01", "end"),
        ("1999-12-31", "2199-12-31", "2026-01-01", "start"),
    ] {
        let refused = put("contracts/C", &contract(start, end, amended)).await;
        assert_eq!(
            refused.refusal(),
            (400, "constraint.validation".to_owned()),
            "{start} {end}"
        );
        let body = refused.json();
        assert_eq!(body["details"][0]["fieldName"], field);
        assert!(
            body["message"].as_str().unwrap().contains("2000 to 2199"),
            "{body}"
        );
    }
    let beyond = contract("2000-01-01", "2199-12-31", "9999-12-31");
    assert_eq!(put("contracts/C", &beyond).await.refusal().0, 400);
    let longest = contract("2000-01-01", "2199-12-31", "2199-12-31");
    let taken = put("contracts/C", &longest).await;
    assert_eq!(taken.status, 201, "{}", taken.text);
    let own = format!("/api/v2/billing/subscriptionoverview?organizationId={GLOBEX}");
    let overview = get(&world, &operator, &own).await;
    assert_eq!(overview["contractEndDate"], "2199-12-31T09:59:59.999Z");
    for millis in ["253402300799999", "-62135596800000", "9223372036854775"] {
        let path = format!("{own}&periodEndingTimestamp={millis}");
        assert_eq!(
            world.get(&operator, &path).await.refusal().0,
            404,
            "{millis}"
        );
    }
    // Trusts have days of any year.
    let trust = json!({"from": "0001-01-01", "until": "9999-12-31"});
    assert_eq!(
        put(&format!("trusts/{GLOBEX}:{ACME}"), &trust).await.status,
        201
    );
}
