//! Events whose attributes are headers.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;

use exchequer_support::Answer;
use exchequer_support::World;
use exchequer_support::world::{CATALOG, EVENTS, login};

const DAY: &str = "2026-10-01T08:00:00Z";

/// An event in binary mode: a content type (none if empty), its attributes, its data.
struct Binary<'a> {
    media: &'a str,
    attributes: &'a [(&'a str, &'a str)],
    data: &'a str,
}

async fn send(world: &World, token: &str, event: &Binary<'_>) -> Answer {
    let mut request = world.request(Method::POST, EVENTS).bearer_auth(token);
    if !event.media.is_empty() {
        request = request.header("content-type", event.media);
    }
    for (name, value) in event.attributes {
        // Bytes, because a raw value need not be ASCII.
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request = request.header(format!("ce-{name}"), value);
    }
    world.send(request.body(event.data.to_owned())).await
}

/// A call of these minutes, in headers.
fn call<'a>(id: &'a str, subject: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("specversion", "1.0"),
        ("id", id),
        ("source", "/pbx"),
        ("type", "call"),
        ("subject", subject),
        ("time", DAY),
        ("region", "eu"),
    ]
}

async fn calls(world: &World) -> [String; 2] {
    let [operator, acme, _] = world.populate().await;
    let minutes = json!({"eventType": "call", "aggregation": "sum", "quantity": "minutes"});
    let path = format!("{CATALOG}/meters/minutes");
    assert_eq!(world.put(&operator, &path, &minutes).await.status, 201);
    [operator, acme]
}

#[tokio::test]
async fn it_counts_whatever_its_json_type_and_spelling() {
    let world = World::start().await;
    let [_, acme] = calls(&world).await;
    for (number, (media, subject, data)) in [
        (
            "application/json",
            "J%C3%BCrgen%20Gro%C3%9F",
            r#"{"minutes":1}"#,
        ),
        (
            "application/json; charset=utf-8",
            "Jürgen Groß",
            r#"{"minutes":"2"}"#,
        ),
        ("", "\"J%C3%BCrgen Groß\"", r#"{"minutes":4}"#),
        (
            "application/vnd.acme+json",
            "%4a%c3%bcrgen Groß",
            "\u{feff}{\"minutes\":8}",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = number.to_string();
        let attributes = call(&id, subject);
        let event = Binary {
            media,
            attributes: &attributes,
            data,
        };
        for outcome in ["accepted", "duplicates"] {
            let answer = send(&world, &acme, &event).await;
            assert_eq!(answer.status, 200, "{media}: {}", answer.text);
            assert_eq!(answer.json()[outcome], 1, "{media}: {}", answer.text);
        }
    }
    // The same event as a whole is the same event.
    let mut whole = login("0", "Jürgen Groß", DAY);
    whole["source"] = json!("/pbx");
    whole["type"] = json!("call");
    whole["data"] = json!({"minutes": 1});
    assert_eq!(world.ingest(&acme, &whole).await.json()["duplicates"], 1);

    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(report["usages"][0]["totalUsage"], "15", "{report}");
    let resources = &report["usages"][0]["resources"];
    assert_eq!(resources[0]["name"], "Jürgen Groß", "{report}");
    assert_eq!(resources.as_array().unwrap().len(), 1, "{report}");
}

#[tokio::test]
async fn an_event_without_data_counts() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    for (id, media) in [("1", ""), ("2", "application/json")] {
        let mut attributes = call(id, "ada");
        attributes[3].1 = "user.login";
        let event = Binary {
            media,
            attributes: &attributes,
            data: "",
        };
        let answer = send(&world, &acme, &event).await;
        assert_eq!(answer.json()["accepted"], 1, "{}", answer.text);
    }
    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(report["usages"][0]["totalUsage"], "1", "{report}");
}

#[tokio::test]
async fn a_whole_event_that_repeats_its_attributes_goes_by_its_content_type() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let body = login("whole", "ada", DAY).to_string();
    let attributes = call("headers", "eve");
    for media in ["application/cloudevents+json", "application/x-ndjson"] {
        let event = Binary {
            media,
            attributes: &attributes,
            data: &body,
        };
        let answer = send(&world, &acme, &event).await;
        assert_eq!(answer.status, 200, "{media}: {}", answer.text);
    }
    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(
        report["usages"][0]["resources"][0]["name"], "ada",
        "{report}"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let world = World::start().await;
    let [_, acme] = calls(&world).await;
    let plain = call("e-1", "ada");
    let overlong = call("e-1", "a%C0%A0");
    for (media, attributes, data, refusal) in [
        ("text/plain", &plain, "1", (415, "unsupported.media.type")),
        (
            "application/xml",
            &plain,
            "<a/>",
            (415, "unsupported.media.type"),
        ),
        (
            "application/json",
            &plain,
            "{\"minutes\":",
            (400, "bad.request"),
        ),
        (
            "application/json",
            &plain,
            "{},\"id\":\"x\"",
            (400, "bad.request"),
        ),
        (
            "application/json",
            &overlong,
            "{\"minutes\":1}",
            (400, "bad.request"),
        ),
    ] {
        let event = Binary {
            media,
            attributes,
            data,
        };
        let answer = send(&world, &acme, &event).await;
        let (status, code) = answer.refusal();
        assert_eq!((status, code.as_str()), refusal, "{media} {data}");
    }
    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(report["usages"], json!([]));
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_json() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let post = |media: &'static str, body: String| {
        let request = world.request(Method::POST, EVENTS).bearer_auth(&acme);
        world.send(
            request
                .header("content-type", media)
                .body(format!("\u{feff}{body}")),
        )
    };
    let event = |id: &str| login(id, "ada", DAY).to_string();
    let one = post("application/json", event("e-1")).await;
    assert_eq!(one.json()["accepted"], 1, "{}", one.text);
    let lines = format!("{}\n{}\n", event("e-2"), event("e-3"));
    let lines = post("application/x-ndjson", lines).await;
    assert_eq!(lines.json()["accepted"], 2, "{}", lines.text);
    // The ids of conflicts are read again from the body.
    let mut other = login("e-2", "bob", DAY);
    other["time"] = json!("2026-10-02T08:00:00Z");
    let conflict = post("application/json", json!([other, other]).to_string()).await;
    assert_eq!(
        conflict.json()["conflicts"][0]["id"],
        "e-2",
        "{}",
        conflict.text
    );

    let path = format!("{CATALOG}/organizations/{}", exchequer_support::world::ACME);
    let request = world.request(Method::PUT, &path).bearer_auth(&operator);
    let request = request
        .header("content-type", "application/json")
        .body("\u{feff}{\"name\":\"Acme Ltd\"}");
    let put = world.send(request).await;
    assert_eq!(put.status, 200, "{}", put.text);
}
