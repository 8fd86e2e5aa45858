//! A machine whose clock goes back while it serves.

use std::time::Duration;

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{EVENTS, login};

const HOUR: Duration = Duration::from_secs(3_600);
const TODAY: &str = "startDate=2026-11-15&endDate=2026-11-16";

async fn events(world: &World, token: &str) -> Vec<Value> {
    let page = world.get(token, &format!("{EVENTS}?{TODAY}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.json()["entities"].as_array().unwrap().clone()
}

async fn total(world: &World, token: &str) -> Value {
    let report = world.report(token, "2026-11-15", "2026-11-16").await;
    assert_eq!(report.json()["status"], "Complete", "{}", report.text);
    report.json()["usages"][0]["totalUsage"].clone()
}

#[tokio::test]
async fn a_clock_that_goes_back_takes_nothing_with_it() {
    let mut world = World::with(|config| config.rate_limit = 20).await;
    let [_, acme, _] = world.populate().await;
    let noon = login("e-1", "ada", "2026-11-15T12:00:00Z");
    assert_eq!(
        world.ingest(&acme, &json!([noon])).await.json()["accepted"],
        1
    );
    while world.report(&acme, "2026-11-15", "2026-11-16").await.status == 200 {}

    // The limit that was reached ends at once, and the token still holds.
    world.clock.go_back(HOUR);
    assert_eq!(total(&world, &acme).await, "1");
    // An event that the clock calls future is refused; kept ones stay.
    let sent = json!([login("e-2", "bob", "2026-11-15T10:59:00Z"), noon]);
    let answer = world.ingest(&acme, &sent).await.json();
    assert_eq!(answer["accepted"], 1, "{answer}");
    assert_eq!(answer["rejected"][0]["id"], "e-1", "{answer}");
    assert_eq!(total(&world, &acme).await, "2");

    // The ledger's own time has stood still: across a restart, too.
    world.restart(|_| {}).await;
    let sent = json!([login("e-3", "cyd", "2026-11-15T10:58:00Z")]);
    assert_eq!(world.ingest(&acme, &sent).await.json()["accepted"], 1);
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        let events = events(&world, &acme).await;
        let ids: Vec<_> = events.iter().map(|event| &event["id"]).collect();
        assert_eq!(ids, ["e-3", "e-2", "e-1"]);
        for event in &events {
            assert_eq!(event["received"], "2026-11-15T12:00:00.000Z", "{event}");
        }
    }

    world.clock.advance(HOUR + Duration::from_secs(60));
    let late = json!([login("e-4", "dan", "2026-11-15T12:00:30Z"), noon]);
    let answer = world.ingest(&acme, &late).await.json();
    assert_eq!(
        (&answer["accepted"], &answer["duplicates"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(total(&world, &acme).await, "4");
    let received = &events(&world, &acme).await[3]["received"];
    assert_eq!(received, "2026-11-15T12:01:00.000Z");
}
