//! Sending usage.

use reqwest::Method;
use serde_json::json;

use exchequer_support::World;
use exchequer_support::world::{ACME, EVENTS, GLOBEX, login};

const DAY: &str = "2026-10-01T08:00:00Z";

#[tokio::test]
async fn every_outcome_is_told() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let first = login("e-1", "ada", DAY);
    let answer = world.ingest(&acme, &json!([first])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["accepted"], 1);

    let mut typo = login("e-2", "bob", DAY);
    typo["type"] = json!("user.logn");
    let mut bad = login("e-3", "eve", DAY);
    bad["time"] = json!("tomorrow");
    let twin = login("e-1", "somebody else", DAY);
    let answer = world
        .ingest(
            &acme,
            &json!([first, typo, bad, twin, login("e-4", "cy", DAY)]),
        )
        .await;
    let body = answer.json();
    assert_eq!(
        (&body["accepted"], &body["duplicates"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(body["unmetered"], 1);
    assert_eq!(body["conflicts"], json!([{"index": 3, "id": "e-1"}]));
    assert_eq!(body["rejected"][0]["index"], 2);
    assert_eq!(body["rejected"][0]["code"], "invalid.date");
    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(report["usages"][0]["totalUsage"], "2");
}

#[tokio::test]
async fn a_dry_run_keeps_nothing() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let path = format!("{EVENTS}?dryRun=true");
    let events = json!([login("e-1", "ada", DAY), {}]);
    let request = world
        .request(Method::POST, &path)
        .bearer_auth(&acme)
        .json(&events);
    let body = world.send(request).await.json();
    assert_eq!(
        (&body["accepted"], &body["rejected"][0]["index"]),
        (&json!(1), &json!(1))
    );
    let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
    assert_eq!(report["usages"], json!([]));
}

#[tokio::test]
async fn every_layout_and_encoding_is_read() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let event = |id: &str| login(id, "ada", DAY).to_string();
    let post = |media: &'static str, encoding: &'static str, body: Vec<u8>| {
        let request = world.request(Method::POST, EVENTS).bearer_auth(&acme);
        let request = request
            .header("content-type", media)
            .header("content-encoding", encoding);
        world.send(request.body(body))
    };
    let batch = "application/cloudevents-batch+json; charset=utf-8";
    let lines = format!("{}\n\n{}\nnonsense\n", event("e-3"), event("e-4"));
    for (media, encoding, body, accepted) in [
        (
            "application/cloudevents+json",
            "identity",
            event("e-1").into_bytes(),
            1,
        ),
        (
            batch,
            "identity",
            format!("[{}]", event("e-2")).into_bytes(),
            1,
        ),
        (
            "application/x-ndjson",
            "zstd",
            zstd::encode_all(lines.as_bytes(), 1).unwrap(),
            2,
        ),
        ("application/json", "gzip", gzip(event("e-5").as_bytes()), 1),
    ] {
        let answer = post(media, encoding, body).await;
        assert_eq!(answer.status, 200, "{media}: {}", answer.text);
        assert_eq!(
            answer.json()["accepted"],
            accepted,
            "{media}: {}",
            answer.text
        );
    }
    let again = post("application/x-ndjson", "identity", lines.into_bytes())
        .await
        .json();
    assert_eq!(
        (&again["duplicates"], &again["rejected"][0]["index"]),
        (&json!(2), &json!(2))
    );
}

/// A gzip file with one stored block.
fn gzip(content: &[u8]) -> Vec<u8> {
    let crc = content.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    let length = u16::try_from(content.len()).unwrap();
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(content);
    file.extend((!crc).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

#[tokio::test]
async fn only_operators_name_another_organisation() {
    let world = World::start().await;
    let [operator, acme, globex] = world.populate().await;
    let of = |organization: &str, id: &str| {
        let mut event = login(id, "ada", DAY);
        event["organization"] = json!(organization);
        event
    };
    let stranger = "44444444-4444-4444-8444-444444444444";
    let refused = world
        .ingest(&acme, &json!([of(GLOBEX, "e-1"), of(stranger, "e-2")]))
        .await;
    let told = |at: usize, id: &str| {
        let rejected = &refused.json()["rejected"][at];
        assert_eq!(rejected["code"], "not.found");
        rejected["message"].as_str().unwrap().replace(id, "…")
    };
    assert_eq!(told(0, GLOBEX), told(1, stranger));
    let own = world.ingest(&acme, &json!([of(ACME, "e-3")])).await;
    assert_eq!(own.json()["accepted"], 1);
    let both = json!([of(ACME, "e-4"), of(GLOBEX, "e-5")]);
    assert_eq!(world.ingest(&operator, &both).await.json()["accepted"], 2);
    let path = format!("{EVENTS}?organizationId={GLOBEX}");
    let request = world.request(Method::POST, &path).bearer_auth(&operator);
    let home = world
        .send(request.json(&json!([login("e-6", "bob", DAY)])))
        .await;
    assert_eq!(home.json()["accepted"], 1);
    let report = world
        .report(&globex, "2026-10-01", "2026-10-02")
        .await
        .json();
    let names: Vec<_> = report["usages"][0]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(names.len(), 2);
}

#[tokio::test]
async fn usage_survives_a_restart() {
    let mut world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let events = json!([login("e-1", "ada", DAY)]);
    assert_eq!(world.ingest(&acme, &events).await.json()["accepted"], 1);
    world.restart(|_| {}).await;
    assert_eq!(world.ingest(&acme, &events).await.json()["duplicates"], 1);
}

#[tokio::test]
async fn a_correction_voids_an_event_whichever_comes_first() {
    let world = World::start().await;
    let [_, acme, globex] = world.populate().await;
    let correction = |id: &str, voids: &str, who: &str| {
        let mut event = login(id, who, DAY);
        event["voids"] = json!(voids);
        event
    };
    let mut retraction = correction("e-11", "e-2", "bob");
    retraction["type"] = json!("taken.back");
    let first = json!([login("e-1", "ada", DAY), login("e-2", "bob", DAY)]);
    world.ingest(&acme, &first).await;
    let early = correction("e-13", "e-3", "cy");
    // One replaces, one only takes back, one is early; one is somebody else's.
    let events = json!([correction("e-10", "e-1", "ann"), retraction, early]);
    let answer = world.ingest(&acme, &events).await.json();
    assert_eq!(
        (&answer["accepted"], &answer["unmetered"]),
        (&json!(3), &json!(0))
    );
    world
        .ingest(&globex, &json!([correction("e-12", "e-10", "gus")]))
        .await;
    let late = json!([login("e-3", "never", DAY), login("e-4", "dan", DAY)]);
    assert_eq!(world.ingest(&acme, &late).await.json()["accepted"], 2);

    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
            world.store().tidy().await.unwrap();
        }
        let report = world.report(&acme, "2026-10-01", "2026-10-02").await.json();
        let resources = report["usages"][0]["resources"].as_array().unwrap();
        let names: Vec<&str> = resources
            .iter()
            .filter_map(|r| r["name"].as_str())
            .collect();
        assert_eq!(names, ["ann", "cy", "dan"]);
    }
    let mut other = correction("e-10", "e-2", "ann");
    let answer = world.ingest(&acme, &json!([other])).await.json();
    assert_eq!(answer["conflicts"], json!([{"index": 0, "id": "e-10"}]));
    other["voids"] = json!("e-1");
    let answer = world.ingest(&acme, &json!([other, first[0]])).await.json();
    assert_eq!(answer["duplicates"], 2);
}
