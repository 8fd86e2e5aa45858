//! Contracts that cannot be closed: who is told, and of what.

use std::path::Path;
use std::time::Duration;

use exchequer_server::Config;
use exchequer_support::world::{ACME, CATALOG};
use exchequer_support::{Place, World};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

/// Whoever asks this often asks with a new token: old ones end while the clock goes on.
const FAILURES: &str = "/api/v2/billing/closings/failures";

/// A contract whose first month is over.
fn contract() -> Value {
    json!({"organization": ACME, "subscription": "MONTH_TO_MONTH", "currency": "EUR",
        "start": "2026-10-01", "lines": [{"product": "SEAT", "overagePrice": "1"}]})
}

async fn put(world: &World, path: &str, body: &Value) {
    let operator = world.operator().await;
    let answer = world
        .put(&operator, &format!("{CATALOG}/{path}"), body)
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

/// Exchanges two texts in the document of the contract, while nobody serves the ledger.
fn exchange(directory: &Path, from: &str, to: &str) {
    let ledger = Connection::open(directory.join("exchequer.db")).unwrap();
    let statement = "UPDATE contract_version SET body = replace(body, ?1, ?2)";
    assert_eq!(ledger.execute(statement, [from, to]).unwrap(), 1);
}

/// Asks until the answer is as wished; the queue and the gauges have a rhythm of their own.
async fn until<T>(wanted: &str, ask: impl AsyncFn() -> Result<T, String>) -> T {
    let mut last = String::new();
    let asked = timeout(Duration::from_secs(20), async {
        loop {
            match ask().await {
                Ok(found) => return found,
                Err(other) => last = other,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    asked.await.unwrap_or_else(|_| panic!("{wanted}: {last}"))
}

async fn listed(world: &World) -> Value {
    let answer = world.get(&world.operator().await, FAILURES).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["entities"].clone()
}

async fn gauge(world: &World, name: &str, value: u32) {
    let line = format!("exchequer_closing_{name}_contracts {value}\n");
    until(&line, async || {
        let request = world.request(Method::GET, "/metrics");
        let text = world.send(request).await.text;
        text.contains(&line).then_some(()).ok_or(text)
    })
    .await;
}

/// A ledger in a directory in which nobody closes, with a contract that is due.
async fn sold(directory: TempDir) -> World {
    let world = World::on(Place::Directory(directory), |config| {
        config.closing_interval = None;
        config.rate_limit = 1_000_000;
    })
    .await;
    world.populate().await;
    let product = json!({"name": "Seat", "charge": "Seats", "meter": "logins",
        "grouping": "user-license", "unit": "seat", "unitOfMeasure": "User"});
    put(&world, "products/SEAT", &product).await;
    put(&world, "closing", &json!({"billingFrom": "2026-01-01"})).await;
    put(&world, "contracts/C-1", &contract()).await;
    world
}

fn closes(config: &mut Config) {
    config.closing_interval = Some(Duration::from_millis(20));
}

/// Waits until the contract has failed so many times, and looks at what is said of it.
async fn has_failed(world: &World, failures: u32) {
    let found = until("one more failure", async || {
        let found = listed(world).await;
        match found[0]["failures"] == failures {
            true => Ok(found[0].clone()),
            false => Err(found.to_string()),
        }
    })
    .await;
    assert_eq!(found["contract"], "C-1", "{found}");
    assert_eq!(found["organizationId"], ACME, "{found}");
    assert_eq!(found["dead"], failures == 8, "{found}");
    let reason = found["reason"].as_str();
    assert!(reason.is_some_and(|it| !it.is_empty()), "{found}");
    if failures == 1 {
        // A minute after the attempt, by a clock that stands.
        assert_eq!(found["dateNextAttempt"], "2026-11-15T12:17:00.000Z");
    }
}

#[tokio::test]
async fn a_contract_that_cannot_be_closed_is_listed_and_dead_after_eight_failures() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let mut world = sold(directory).await;
    assert_eq!(listed(&world).await, json!([]));

    // Nobody closes, and a quarter of an hour is over.
    world.clock.advance(Duration::from_secs(16 * 60));
    world.stop().await;
    exchange(&path, "MONTH_TO_MONTH", "MONTH_TO_MOON");
    world.restart_stopped(|_| {}).await;
    gauge(&world, "overdue", 1).await;
    gauge(&world, "failing", 0).await;

    world.restart(closes).await;
    for failures in 1..=8 {
        has_failed(&world, failures).await;
        world.clock.advance(Duration::from_secs(6 * 3_600));
    }
    world.restart(|config| config.closing_interval = None).await;
    gauge(&world, "failing", 1).await;
    gauge(&world, "dead", 1).await;

    world.stop().await;
    exchange(&path, "MONTH_TO_MOON", "MONTH_TO_MONTH");
    world.restart_stopped(closes).await;
    world.clock.advance(Duration::from_secs(6 * 3_600));
    until("closed at last", async || {
        let found = listed(&world).await;
        (found == json!([])).then_some(()).ok_or(found.to_string())
    })
    .await;
    let entries = format!("/api/v2/billing/contracts/C-1/entries?organizationId={ACME}");
    let entries = world.get(&world.operator().await, &entries).await;
    let entries = entries.json();
    assert_eq!(entries["entities"][0]["kind"], "close", "{entries}");
}
