//! What a sender is told of events that are cut, voids, or kept already.

use reqwest::Method;
use serde_json::{Value, json};

use exchequer_support::world::{CATALOG, EVENTS, login};
use exchequer_support::{Answer, World};

const DAY: &str = "2026-10-01T08:00:00Z";
const OCTOBER: &str = "startDate=2026-10-01&endDate=2026-11-01";

async fn post(world: &World, token: &str, media: &str, body: String) -> Answer {
    let request = world.request(Method::POST, EVENTS).bearer_auth(token);
    world
        .send(request.header("content-type", media).body(body))
        .await
}

/// The page of the events of October, voided ones included.
async fn listed(world: &World, token: &str) -> Vec<Value> {
    let path = format!("{EVENTS}?{OCTOBER}&expand=voided");
    let page = world.get(token, &path).await.json();
    page["entities"].as_array().unwrap().clone()
}

/// The time of an event can be sent back as it is shown, and so can a time of milliseconds.
#[tokio::test]
async fn what_is_shown_of_an_event_voids_it() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let events = json!([
        login("e-1", "ada", "2026-10-01T08:00:00.123456Z"),
        login("e-2", "ben", "2026-10-01T08:00:00.123456Z"),
        login("e-3", "cyd", "2026-10-01T08:00:00.123Z"),
        login("e-4", "dee", "2026-10-01T08:00:00Z"),
    ]);
    assert_eq!(world.ingest(&acme, &events).await.json()["unmatched"], 0);
    let times: Vec<Value> = listed(&world, &acme)
        .await
        .iter()
        .map(|event| event["time"].clone())
        .collect();
    assert_eq!(
        times,
        [
            "2026-10-01T08:00:00.000Z",
            "2026-10-01T08:00:00.123Z",
            "2026-10-01T08:00:00.123456Z",
            "2026-10-01T08:00:00.123456Z",
        ]
    );
    let void = |id: &str, of: &str, time: &str| {
        let mut void = login(id, "nobody", time);
        void["type"] = json!("taken.back");
        void["voids"] = json!(of);
        void
    };
    let voids = json!([
        void("v-1", "e-1", "2026-10-01T08:00:00.123456Z"),
        void("v-2", "e-2", "2026-10-01T08:00:00.123Z"),
        void("v-3", "e-3", "2026-10-01T08:00:00.123400Z"),
        void("v-5", "e-5", "2026-10-01T08:00:00Z"),
    ]);
    for again in [false, true] {
        let answer = world.ingest(&acme, &voids).await.json();
        let (accepted, duplicates) = if again { (0, 4) } else { (4, 0) };
        assert_eq!(answer["accepted"], accepted);
        assert_eq!(answer["duplicates"], duplicates);
        assert_eq!(answer["unmatched"], 2, "{answer}");
        let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
        let names = report["usages"][0]["resources"].as_array().unwrap().iter();
        let names: Vec<&str> = names.filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(names, ["dee", "cyd"]);
        world.store().fold().await.unwrap();
        world.store().tidy().await.unwrap();
    }
    let shown = listed(&world, &acme).await;
    let by = |id: &str| {
        let event = shown.iter().find(|event| event["id"] == id).unwrap();
        event["voidedBy"].as_str().map(str::to_owned)
    };
    assert_eq!(by("e-1").as_deref(), Some("v-1"));
    assert_eq!(by("e-2").as_deref(), Some("v-2"));
    assert_eq!(by("e-3"), None);
}

/// A meter that comes later cannot read it: it is kept all the same.
#[tokio::test]
async fn what_is_kept_is_a_repeat_whatever_the_meters_say() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let kept = [login("e-1", "ada", DAY), login("e-2", "bob", DAY)];
    assert_eq!(
        world.ingest(&acme, &json!(kept)).await.json()["accepted"],
        2
    );
    let rule = json!({"eventType": "user.login", "aggregation": "sum", "quantity": "bytes"});
    let path = format!("{CATALOG}/meters/traffic");
    assert_eq!(world.put(&operator, &path, &rule).await.status, 201);
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        let mut other = login("e-2", "bob", DAY);
        other["data"] = json!({"size": 1});
        let mut readable = login(if folded { "e-5" } else { "e-4" }, "cyd", DAY);
        readable["data"] = json!({"bytes": 1});
        let sent = json!([login("e-3", "new", DAY), kept[0], other, readable, kept[1]]);
        let answer = world.ingest(&acme, &sent).await.json();
        assert_eq!(answer["accepted"], 1, "{answer}");
        assert_eq!(answer["duplicates"], 2, "{answer}");
        assert_eq!(answer["conflicts"], json!([{"index": 2, "id": "e-2"}]));
        assert_eq!(answer["rejected"][0]["index"], 0);
        assert_eq!(answer["rejected"].as_array().unwrap().len(), 1);
        // One alone is no error either.
        let alone = post(&world, &acme, "application/json", kept[0].to_string()).await;
        assert_eq!(
            (alone.status.as_u16(), &alone.json()["duplicates"]),
            (200, &json!(1))
        );
    }
}

/// The CloudEvents SDKs of some languages keep milliseconds, others whole seconds.
#[tokio::test]
async fn a_relay_that_cuts_the_time_makes_no_conflict() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let sent = json!([login("e-1", "ada", "2026-10-01T08:00:00.123456Z")]);
    assert_eq!(world.ingest(&acme, &sent).await.json()["accepted"], 1);
    for (time, outcome) in [
        ("2026-10-01T08:00:00.123Z", "duplicates"),
        ("2026-10-01T10:00:00+02:00", "duplicates"),
        ("2026-10-01T08:00:00.12Z", "conflicts"),
        ("2026-10-01T08:00:01Z", "conflicts"),
    ] {
        let answer = world
            .ingest(&acme, &json!([login("e-1", "ada", time)]))
            .await
            .json();
        let told = (
            &answer["duplicates"],
            answer["conflicts"].as_array().unwrap().len(),
        );
        let expected = if outcome == "duplicates" {
            (json!(1), 0)
        } else {
            (json!(0), 1)
        };
        assert_eq!(told, (&expected.0, expected.1), "{time}: {answer}");
    }
}
