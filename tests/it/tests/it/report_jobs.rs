//! Reports in the background.

use std::time::Duration;

use exchequer_core::{Instant, TimeRange};
use exchequer_store::Snapshot;
use exchequer_store::report_jobs::{self, ReportJob, ReportScope};
use exchequer_types::dates;
use serde_json::json;

use exchequer_support::world::{ACME, login};
use exchequer_support::{Answer, World};

const START: &str = "2026-10-01T00:00:00Z";
const END: &str = "2026-11-01T00:00:00Z";

async fn background() -> (World, String) {
    let world = World::with(|config| {
        config.report_wait = Duration::ZERO;
        config.rate_limit = u32::MAX;
    })
    .await;
    let [_, acme, _] = world.populate().await;
    let events = json!([login("e-1", "ada", START)]);
    assert_eq!(world.ingest(&acme, &events).await.json()["accepted"], 1);
    (world, acme)
}

/// Asks until the report is complete, as every client does.
async fn wait_out(world: &World, token: &str) -> Answer {
    let polled = async {
        loop {
            let answer = world.report(token, START, END).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            if answer.json()["status"] == "Complete" {
                return answer;
            }
            assert_eq!(answer.json()["usages"], json!([]));
            assert!(!answer.headers.contains_key("etag"));
        }
    };
    let done = tokio::time::timeout(Duration::from_secs(60), polled).await;
    done.expect("the report never completed")
}

#[tokio::test]
async fn a_report_is_made_in_the_background() {
    let (world, acme) = background().await;
    let first = world.report(&acme, START, END).await;
    assert_eq!(first.json()["status"], "InProgress");
    let done = wait_out(&world, &acme).await;
    assert_eq!(done.json()["usages"][0]["totalUsage"], "1");
    assert_eq!(done.json()["id"], first.json()["id"]);
    // It is there for everybody who asks, until usage changes it.
    let again = world.report(&acme, START, END).await;
    assert_eq!(again.text, done.text);
    assert_eq!(again.header("etag"), done.header("etag"));
    world
        .ingest(&acme, &json!([login("e-2", "bob", START)]))
        .await;
    assert_eq!(
        world.report(&acme, START, END).await.json()["status"],
        "InProgress"
    );
    assert_eq!(
        wait_out(&world, &acme).await.json()["usages"][0]["totalUsage"],
        "2"
    );
}

/// A report of the background, finished before another event comes, and asked for after a
/// restart that says how long requests wait.
async fn overtaken(wait: Duration) -> (World, String) {
    let (mut world, acme) = background().await;
    world.report(&acme, START, END).await;
    finished(&world).await;
    world.clock.advance(Duration::from_secs(90));
    world
        .ingest(&acme, &json!([login("e-2", "bob", START)]))
        .await;
    world.restart(|config| config.report_wait = wait).await;
    (world, acme)
}

#[tokio::test]
async fn a_report_of_the_background_that_usage_has_overtaken_is_made_again() {
    let (world, acme) = overtaken(Duration::from_secs(60)).await;
    for _ in 0..2 {
        let answer = world.report(&acme, START, END).await;
        let body = answer.json();
        assert_eq!(body["usages"][0]["totalUsage"], "2", "{body}");
        assert!(body.get("asOfDate").is_none(), "{body}");
        assert!(answer.headers.contains_key("etag"));
    }
}

#[tokio::test]
async fn one_that_nobody_waits_for_says_as_of_when_it_is() {
    let (world, acme) = overtaken(Duration::ZERO).await;
    let first = world.report(&acme, START, END).await;
    let body = first.json();
    assert_eq!(body["status"], "Complete");
    assert_eq!(body["usages"][0]["totalUsage"], "1");
    assert_eq!(body["asOfDate"], "2026-11-15T12:00:00.000Z");
    assert!(!first.headers.contains_key("etag"));
    // It is answered once; then the report is made anew.
    let second = wait_out(&world, &acme).await.json();
    assert_eq!(second["usages"][0]["totalUsage"], "2", "{second}");
}

/// Waits until the report is kept, without fetching it.
async fn finished(world: &World) {
    let range = [START, END].map(|text| Instant::from_micros(dates::parse(text).unwrap()));
    let subject = ReportScope {
        organization: ACME.parse().unwrap(),
        range: TimeRange::new(range[0], range[1]).unwrap(),
    };
    let kept = async {
        loop {
            let find = move |sql: &Snapshot<'_>| report_jobs::find(sql, &subject);
            let job = world.store().database().read(find).await;
            if let Some(ReportJob::Complete { delivered, .. }) = job.unwrap() {
                return assert!(!delivered);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), kept)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_report_that_was_being_made_goes_on_after_a_restart() {
    let (mut world, acme) = background().await;
    let first = world.report(&acme, START, END).await.json();
    world.restart(|_| {}).await;
    let done = wait_out(&world, &acme).await.json();
    assert_eq!(done["usages"][0]["totalUsage"], "1");
    assert_eq!(done["id"], first["id"]);
}

#[tokio::test]
async fn both_ways_write_the_same_bytes() {
    let (mut world, acme) = background().await;
    let kept = wait_out(&world, &acme).await;
    world
        .restart(|config| config.report_wait = Duration::from_secs(5))
        .await;
    world.clock.advance(Duration::from_secs(1));
    let other = world.report(&acme, START, END).await;
    assert_eq!(kept.text, other.text);
    assert_eq!(kept.header("etag"), other.header("etag"));
}
