//! The dates of the report, in every shape that SDKs send.

use reqwest::Method;
use serde_json::json;

use exchequer_support::World;
use exchequer_support::world::REPORT;

const START: &str = "2026-01-01T00:00:00.000Z";
const END: &str = "2026-02-01T00:00:00.000Z";

#[tokio::test]
async fn every_shape_is_read_alike() {
    let world = World::start().await;
    let token = world.operator().await;
    let first = world.report(&token, START, END).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let body = first.json();
    assert_eq!(
        (&body["startDate"], &body["endDate"]),
        (&json!(START), &json!(END))
    );
    assert_eq!(
        (&body["status"], &body["usages"]),
        (&json!("Complete"), &json!([]))
    );
    for (start, end) in [
        ("2026-01-01", "2026-02-01"),
        ("2026-01-01T00:00:00", "2026-01-31T23:59:59"),
        ("2026-01-01T00:00:00+00:00", "2026-01-31T23:59:59.999Z"),
        (
            "2026-01-01T01:00:00.000000+01:00",
            "2026-01-31T23:59:59.999999+00:00",
        ),
        (
            "2026-01-01 00:00:00 +0000 UTC",
            "2026-02-01 00:00:00 +0000 UTC m=+0.012",
        ),
        ("2025-12-31T19:00:00-05:00", "2026-02-01T00:00:00 00:00"),
    ] {
        let answer = world.report(&token, start, end).await;
        assert_eq!(answer.text, first.text, "{start} {end}");
        assert_eq!(answer.header("etag"), first.header("etag"));
    }
    // A '+' that nobody escaped arrives as a blank.
    let raw = format!("{REPORT}?startDate=2026-01-01T00:00:00+00:00&endDate=2026-02-01&x=y");
    assert_eq!(world.get(&token, &raw).await.text, first.text);
}

#[tokio::test]
async fn an_empty_range_is_complete_and_empty() {
    let world = World::start().await;
    let token = world.operator().await;
    let day = "2013-10-20T19:20:30+01:00";
    let body = world.report(&token, day, day).await.json();
    assert_eq!(
        (&body["status"], &body["usages"]),
        (&json!("Complete"), &json!([]))
    );
    assert_eq!(body["startDate"], "2013-10-20T18:20:30.000Z");
}

#[tokio::test]
async fn what_is_no_range_is_refused_and_named() {
    let world = World::start().await;
    let token = world.operator().await;
    for (start, end, field) in [
        ("yesterday", END, "startDate"),
        (START, "2026-02-30", "endDate"),
        (END, START, "endDate"),
        (START, "", "endDate"),
    ] {
        let answer = world.report(&token, start, end).await;
        assert_eq!(
            answer.refusal(),
            (400, "invalid.date".to_owned()),
            "{start} {end}"
        );
        assert_eq!(answer.json()["details"][0]["fieldName"], field);
    }
    let answer = world.get(&token, REPORT).await;
    assert_eq!(
        answer.json()["message"],
        "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ"
    );
    let head = world
        .send(world.request(Method::HEAD, REPORT).bearer_auth(&token))
        .await;
    assert_eq!(head.status, 400);
}
