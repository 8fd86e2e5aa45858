//! The requests of the Ruby SDK (98.0.0), and the answers that it cannot read. It does not run
//! on today's Ruby, so its requests are made here as it makes them.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use exchequer_support::stage;
use exchequer_support::world::{ACME_CLIENT, REPORT, SECRET, login};
use exchequer_support::{Answer, World};

const START: &str = "2026-10-01T00:00:00+00:00";
const END: &str = "2026-11-01T00:00:00+00:00";

/// The values that `subscriptionType` may have; anything else raises an error.
const TYPES: [&str; 8] = [
    "ININ",
    "MONTH_TO_MONTH",
    "FREE_TRIAL_MONTH_TO_MONTH",
    "PREPAY_MONTHLY_COMMITMENT",
    "PREPAY",
    "DEV_ORG_MONTH_TO_MONTH",
    "DEV_ORG_PREPAY_MONTHLY_COMMITMENT",
    "DEV_ORG_PREPAY",
];

async fn token(world: &World, client: &str) -> String {
    let request = world
        .request(Method::POST, "/token")
        .basic_auth(client, Some(SECRET))
        .header("Accept", "application/json")
        .header("User-Agent", "rest-client/2.1.0 (linux x86_64) ruby/2.7.8")
        .header("Content-Type", "application/x-www-form-urlencoded");
    let answer = world
        .send(request.body("grant_type=client_credentials"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    readable(&answer);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// A request with the headers of every call, a type of no body among them.
fn request(world: &World, token: &str, path: &str) -> RequestBuilder {
    world
        .request(Method::GET, path)
        .bearer_auth(token)
        .header("Accept", "application/json")
        .header("Content-Type", "application/json")
        .header("User-Agent", "PureCloud SDK/ruby")
        .header("purecloud-sdk", "98.0.0")
}

async fn report(world: &World, token: &str, start: &str, end: &str) -> Answer {
    let query = [("startDate", start), ("endDate", end)];
    let answer = world
        .send(request(world, token, REPORT).query(&query))
        .await;
    readable(&answer);
    answer
}

/// A body of any other type fails the call, and so does an enum of any other value.
fn readable(answer: &Answer) {
    assert_eq!(
        answer.header("content-type"),
        "application/json",
        "{}",
        answer.text
    );
    let body = answer.json();
    if let Some(status) = body.get("status").and_then(Value::as_str) {
        assert!(["InProgress", "Complete"].contains(&status), "{status}");
    }
    if let Some(name) = body.get("subscriptionType") {
        assert!(TYPES.contains(&name.as_str().unwrap()), "{name}");
    }
}

#[tokio::test]
async fn its_login_and_its_report() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let last = login("e-1", "ada", "2026-10-31T23:59:59.999Z");
    world.ingest(&acme, &json!([last])).await;
    let token = token(&world, ACME_CLIENT).await;
    let answer = report(&world, &token, START, END).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["usages"][0]["totalUsage"], "1");
    // A period's end of 23:59:59.999 leaves Ruby without its milliseconds.
    for (start, end) in [
        (START, "2026-10-31T23:59:59+00:00"),
        ("2026-10-01T02:00:00+02:00", "2026-10-31T19:00:00-05:00"),
    ] {
        let other = report(&world, &token, start, end).await;
        assert_eq!(other.text, answer.text, "{start} {end}");
    }
    let seed = "2013-10-20T19:20:30+01:00";
    let empty = report(&world, &token, seed, seed).await.json();
    assert_eq!(
        (&empty["status"], &empty["usages"]),
        (&json!("Complete"), &json!([]))
    );
}

#[tokio::test]
async fn refusals_and_waiting_are_readable() {
    let mut world = World::start().await;
    world.populate().await;
    world
        .restart(|config| {
            config.report_wait = Duration::ZERO;
            config.rate_limit = 4;
        })
        .await;
    let token = token(&world, ACME_CLIENT).await;
    let waiting = report(&world, &token, START, END).await;
    assert_eq!(waiting.json()["status"], "InProgress");
    assert_eq!(report(&world, &token, "x", END).await.status, 400);
    assert_eq!(report(&world, "nobody", START, END).await.status, 401);
    for (path, status) in [
        ("/api/v2/billing/catalog/meters", 403),
        ("/api/v2/billing/nowhere", 404),
        (REPORT, 400),
        (REPORT, 429),
    ] {
        let answer = world.send(request(&world, &token, path)).await;
        assert_eq!(answer.status, status, "{path}");
        readable(&answer);
    }
    let guess = world.request(Method::POST, "/token");
    let guess = world.send(guess.basic_auth(ACME_CLIENT, Some("x"))).await;
    readable(&guess);
}

#[tokio::test]
async fn subscriptions_are_of_a_type_that_it_knows() {
    let world = World::start().await;
    stage::set(&world).await;
    let token = token(&world, stage::PARTNER_CLIENT).await;
    let get = async |path: &str| {
        let answer = world.send(request(&world, &token, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        readable(&answer);
        answer.json()
    };
    let customers = get("/api/v2/orgauthorization/trustors").await;
    let mut seen = Vec::new();
    for customer in customers["entities"].as_array().unwrap() {
        let id = customer["id"].as_str().unwrap();
        let overview = get(&format!("/api/v2/billing/trusteebillingoverview/{id}")).await;
        seen.push(overview["subscriptionType"].as_str().unwrap().to_owned());
    }
    for name in TYPES {
        assert!(seen.iter().any(|seen| seen == name), "{name}");
    }
}
