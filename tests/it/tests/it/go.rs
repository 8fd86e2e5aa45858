//! The requests of the Go SDK, and the answers that it silently misreads: it drops a number
//! where it wants text, and takes a date without a literal `Z` for the year 1.

use reqwest::Method;
use serde_json::{Map, Value, json};

use exchequer_support::stage;
use exchequer_support::world::{
    ACME, ACME_CLIENT, CATALOG, EVENTS, REPORT, ROOT, ROOT_SECRET, SECRET, login,
};
use exchequer_support::{Answer, World};

/// Decimals, which cross as text in the operations that this SDK reads.
const DECIMALS: [&str; 7] = [
    "totalUsage",
    "usageQuantity",
    "overagePrice",
    "prepayQuantity",
    "prepayPrice",
    "bundleQuantity",
    "minimumMonthlyAmount",
];

/// Checks every field of a body, whatever it is.
fn readable(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(readable),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| field(name, value)),
        _ => {}
    }
}

fn field(name: &str, value: &Value) {
    assert!(!value.is_null(), "{name} is null");
    if DECIMALS.contains(&name) {
        assert!(is_decimal(value), "{name} is {value}");
    } else if name == "date" || name.ends_with("Date") || name.starts_with("date") {
        assert!(is_date_time(value), "{name} is {value}");
    }
    readable(value);
}

/// As its layout has it, `2006-01-02T15:04:05.999999Z`.
fn is_date_time(value: &Value) -> bool {
    let Some(text) = value.as_str().and_then(|text| text.strip_suffix('Z')) else {
        return false;
    };
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let shape: String = seconds
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape == "0000-00-00T00:00:00"
        && (1..=6).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

/// Digits, perhaps a point and more digits: no exponent, no sign, no zeros that
/// say nothing.
fn is_decimal(value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return false;
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "1"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && (whole == "0" || !whole.starts_with('0'))
        && !fraction.ends_with('0')
}

#[test]
fn the_checks_tell_good_from_bad() {
    for (text, date, decimal) in [
        ("2026-01-01T00:00:00.000Z", true, false),
        ("2026-01-01T00:00:00Z", true, false),
        ("2026-01-01T00:00:00+00:00", false, false),
        ("2026-01-01", false, false),
        ("0", false, true),
        ("12.5", false, true),
        ("0.25", false, true),
        ("12.50", false, false),
        ("1e3", false, false),
        ("", false, false),
    ] {
        assert_eq!(is_date_time(&json!(text)), date, "{text}");
        assert_eq!(is_decimal(&json!(text)), decimal, "{text}");
    }
    assert!(!is_decimal(&json!(12)));
}

#[tokio::test]
async fn every_field_of_a_report_is_readable() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let meter = json!({"eventType": "call.ended", "aggregation": "sum", "quantity": "minutes"});
    let path = format!("{CATALOG}/meters/minutes");
    assert_eq!(world.put(&operator, &path, &meter).await.status, 201);
    let mut call = login("e-2", "ada", "2026-10-05T10:00:00.123456Z");
    call["type"] = json!("call.ended");
    call["data"] = json!({"minutes": "1200.50"});
    let events = json!([login("e-1", "bob", "2026-10-01T00:00:00Z"), call]);
    assert_eq!(world.ingest(&acme, &events).await.json()["accepted"], 2);
    let body = world.report(&acme, "2026-10-01", "2026-11-01").await.json();
    assert_eq!(body["usages"].as_array().unwrap().len(), 2);
    assert_eq!(body["usages"][1]["totalUsage"], "1200.5");
    readable(&body);
}

#[tokio::test]
async fn every_field_of_an_overview_is_readable() {
    let world = World::start().await;
    stage::set(&world).await;
    let token = world.token(stage::PARTNER_CLIENT, SECRET).await;
    let overview = format!("/api/v2/billing/trusteebillingoverview/{ACME}");
    for path in [
        overview.clone(),
        format!("{overview}?billingPeriodIndex=1"),
        format!("{overview}?billingPeriodIndex=2"),
        "/api/v2/orgauthorization/trustors".to_owned(),
    ] {
        let answer = world.get(&token, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        readable(&answer.json());
    }
}

/// `time.Time` as `%v` prints it, escaped as a form: in a zone of one's own, in
/// one without a name, and fresh from `time.Now()`.
#[tokio::test]
async fn its_dates_are_read() {
    let world = World::start().await;
    let token = world.operator().await;
    let first = world.report(&token, "2026-01-01", "2026-02-01").await;
    for (start, end) in [
        (
            "2026-01-01 01:00:00 +0100 CET",
            "2026-02-01 00:00:00 +0000 UTC",
        ),
        (
            "2026-01-01 03:00:00 +0300 +03",
            "2026-01-31 19:00:00 -0500 EST",
        ),
        (
            "2026-01-01 00:00:00.0000004 +0000 UTC m=+0.000012345",
            "2026-02-01 00:00:00 +0000 UTC m=-3600.1",
        ),
    ] {
        let answer = world.report(&token, start, end).await;
        assert_eq!(answer.text, first.text, "{start} {end}");
    }
}

/// Any other status of success is an error to it.
#[tokio::test]
async fn a_token_comes_with_status_200() {
    let world = World::start().await;
    let answer = world.login(ROOT, ROOT_SECRET).await;
    assert_eq!(answer.status.as_u16(), 200);
    let body = answer.json();
    assert!(body["access_token"].is_string());
    assert_eq!(body["token_type"], "bearer");
    assert!(body["expires_in"].is_u64());
}

/// An error body of any other shape hides the error itself.
fn is_readable_error(answer: &Answer) {
    let body = answer.json();
    assert_eq!(body["status"].as_u64(), Some(answer.status.as_u16().into()));
    for text in ["message", "code", "contextId", "messageWithParams"] {
        assert!(body.get(text).is_none_or(Value::is_string), "{body}");
    }
    let texts = |fields: &Map<String, Value>| fields.values().all(Value::is_string);
    let params = body.get("messageParams");
    assert!(params.is_none_or(|params| params.as_object().is_some_and(texts)));
    let details = body.get("details").map(|details| details.as_array());
    let objects = |list: &Vec<Value>| list.iter().all(|one| one.as_object().is_some_and(texts));
    assert!(
        details.is_none_or(|list| list.is_some_and(objects)),
        "{body}"
    );
}

#[tokio::test]
async fn errors_have_the_shape_that_it_reads() {
    let mut world = World::start().await;
    let [_, acme, _] = world.populate().await;
    world.restart(|config| config.rate_limit = 7).await;
    for (method, path, status) in [
        (Method::GET, format!("{REPORT}?startDate=x&endDate=y"), 400),
        (Method::GET, format!("{CATALOG}/meters"), 403),
        (Method::GET, "/api/v2/nowhere".to_owned(), 404),
        (Method::DELETE, REPORT.to_owned(), 405),
        (Method::POST, EVENTS.to_owned(), 400),
        (Method::POST, "/oauth/token".to_owned(), 400),
    ] {
        let answer = world
            .send(world.request(method, &path).bearer_auth(&acme))
            .await;
        assert_eq!(answer.status, status, "{path}");
        is_readable_error(&answer);
    }
    is_readable_error(&world.login(ACME_CLIENT, "x").await);
    is_readable_error(&world.get("nobody", REPORT).await);
    let token = world.token(ACME_CLIENT, SECRET).await;
    for _ in 0..7 {
        world.get(&token, "/api/v2/tokens/me").await;
    }
    let limited = world.get(&token, REPORT).await;
    assert_eq!(limited.status, 429);
    is_readable_error(&limited);
}
