//! What a sender is told of events that are alone, cut, voids, or kept already.

use reqwest::Method;
use serde_json::{Value, json};

use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, EVENTS, login};
use exchequer_support::{Answer, World};

const DAY: &str = "2026-10-01T08:00:00Z";
const OCTOBER: &str = "startDate=2026-10-01&endDate=2026-11-01";

async fn post(world: &World, token: &str, media: &str, body: String) -> Answer {
    let request = world.request(Method::POST, EVENTS).bearer_auth(token);
    world
        .send(request.header("content-type", media).body(body))
        .await
}

/// Its status, its code, and the fields at fault.
fn refusal(answer: &Answer) -> (u16, String, Vec<String>) {
    let body = answer.json();
    let details = body["details"].as_array().into_iter().flatten();
    let fields = details.map(|detail| detail["fieldName"].as_str().unwrap().to_owned());
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(body["status"], answer.status.as_u16(), "{}", answer.text);
    (answer.status.as_u16(), code, fields.collect())
}

#[tokio::test]
async fn an_event_alone_that_does_not_count_is_an_error() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let with = |name: &str, value: Value| {
        let mut event = login("e-1", "ada", DAY);
        event[name] = value;
        event.to_string()
    };
    let good = login("e-1", "ada", DAY).to_string();
    for media in ["application/json", "application/cloudevents+json"] {
        for (body, code, field) in [
            (with("time", json!("yesterday")), "invalid.date", "time"),
            (with("id", json!("")), "constraint.validation", "id"),
            (with("subject", Value::Null), "invalid.property", "subject"),
            (with("data", json!(1)), "invalid.value", "data"),
            (with("source", json!("/others")), "not.authorized", "source"),
        ] {
            let answer = post(&world, &acme, media, body).await;
            let expected = (400, code.to_owned(), vec![field.to_owned()]);
            assert_eq!(refusal(&answer), expected, "{}", answer.text);
            assert!(answer.json()["message"].as_str().unwrap().contains(field));
        }
    }
    let none = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(none["usages"], json!([]));
    for outcome in ["accepted", "duplicates"] {
        let answer = post(&world, &acme, "application/json", good.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()[outcome]),
            (200, &json!(1))
        );
    }
    let other = with("subject", json!("bob"));
    let answer = post(&world, &acme, "application/json", other.clone()).await;
    assert_eq!(
        refusal(&answer),
        (409, "request.conflict".to_owned(), vec![])
    );
    assert!(!answer.text.contains("another client"), "{}", answer.text);
    let mut named: Value = serde_json::from_str(&other).unwrap();
    named["organization"] = json!(ACME);
    let answer = post(&world, &operator, "application/json", named.to_string()).await;
    assert!(answer.text.contains(ACME_CLIENT), "{}", answer.text);
    // A list has outcomes, also one of a single event.
    for (media, body) in [
        ("application/json", format!("[{other}]")),
        ("application/cloudevents-batch+json", other.clone()),
        ("application/x-ndjson", other.clone()),
    ] {
        let answer = post(&world, &acme, media, body).await;
        assert_eq!(answer.status, 200, "{media}: {}", answer.text);
        assert_eq!(answer.json()["conflicts"][0]["id"], "e-1");
    }
    let path = format!("{EVENTS}?dryRun=true");
    let request = world.request(Method::POST, &path).bearer_auth(&acme);
    let dry = world.send(request.json(&json!({"id": "e-9"}))).await;
    assert_eq!(refusal(&dry).0, 400);
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
    let rule = json!({"eventType": "user.login", "aggregation": "sum", "quantity": "bytes",
        "unreadable": "reject"});
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
