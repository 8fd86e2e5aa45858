//! The billable-usage report.

use exchequer_store::audit;
use reqwest::Method;
use reqwest::header::IF_NONE_MATCH;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, GLOBEX, REPORT, login};

const START: &str = "2026-10-01T00:00:00Z";
const END: &str = "2026-11-01T00:00:00Z";

async fn fill(world: &World, token: &str) {
    let events = json!([
        login("e-1", "zoe", "2026-10-01T00:00:00Z"),
        login("e-2", "ada", "2026-10-02T10:00:00.123456Z"),
        login("e-3", "ada", "2026-10-01T23:59:59.999Z"),
        login("e-4", "out", "2026-11-01T00:00:00Z"),
        login("e-5", "q\"\\ü", "2026-10-05T00:00:00Z"),
    ]);
    assert_eq!(world.ingest(token, &events).await.json()["accepted"], 5);
}

#[tokio::test]
async fn a_report_lists_who_was_seen_first_when() {
    let world = World::start().await;
    let [operator, acme, globex] = world.populate().await;
    fill(&world, &acme).await;
    let body = world.report(&acme, START, END).await.json();
    assert_eq!(
        body["usages"],
        json!([{"name": "logins", "totalUsage": "3", "resources": [
            {"name": "zoe", "date": "2026-10-01T00:00:00.000Z"},
            {"name": "ada", "date": "2026-10-01T23:59:59.999Z"},
            {"name": "q\"\\ü", "date": "2026-10-05T00:00:00.000Z"},
        ]}])
    );
    let uri = body["selfUri"].as_str().unwrap();
    assert_eq!(world.get(&acme, uri).await.json(), body);
    assert_eq!(world.get(&operator, uri).await.json(), body);
    let other = world.report(&globex, START, END).await.json();
    assert_eq!(other["usages"], json!([]));
    assert_ne!(other["id"], body["id"]);
}

#[tokio::test]
async fn a_report_stays_the_same_until_usage_falls_into_its_range() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    fill(&world, &acme).await;
    let first = world.report(&acme, START, END).await;
    let tag = first.header("etag").to_owned();
    let ask = || {
        let query = [("startDate", START), ("endDate", END)];
        let request = world
            .request(Method::GET, REPORT)
            .bearer_auth(&acme)
            .query(&query);
        world.send(request.header(IF_NONE_MATCH, format!("\"x\", W/{tag}")))
    };
    let same = ask().await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    assert_eq!(same.header("etag"), tag);
    let outside = json!([login("e-6", "ada", "2026-11-10T00:00:00Z")]);
    world.ingest(&acme, &outside).await;
    assert_eq!(ask().await.status, 304);
    world
        .ingest(&acme, &json!([login("e-7", "new", "2026-10-07T00:00:00Z")]))
        .await;
    let changed = ask().await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    assert_eq!(changed.json()["usages"][0]["totalUsage"], "4");
}

#[tokio::test]
async fn large_reports_arrive_whole() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let events: Vec<Value> = (0..3000)
        .map(|n| {
            login(
                &format!("e-{n}"),
                &format!("user-{n:05}@example.com"),
                START,
            )
        })
        .collect();
    assert_eq!(
        world.ingest(&acme, &events.into()).await.json()["accepted"],
        3000
    );
    let answer = world.report(&acme, START, END).await;
    let resources = answer.json()["usages"][0]["resources"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(resources.len(), 3000);
    assert_eq!(resources[2999]["name"], "user-02999@example.com");
    assert_eq!(world.report(&acme, START, END).await.text, answer.text);
}

#[tokio::test]
async fn a_changed_meter_counts_what_is_kept_already() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    fill(&world, &acme).await;
    let tag = world
        .report(&acme, START, END)
        .await
        .header("etag")
        .to_owned();
    let meter = json!({"eventType": "user.login", "aggregation": "count"});
    let put = world
        .put(&operator, &format!("{CATALOG}/meters/a-count"), &meter)
        .await;
    assert_eq!(put.status, 201, "{}", put.text);
    let answer = world.report(&acme, START, END).await;
    assert_ne!(answer.header("etag"), tag);
    assert_eq!(answer.json()["usages"][0]["name"], "a-count");
    assert_eq!(answer.json()["usages"][0]["totalUsage"], "4");
}

#[tokio::test]
async fn an_operator_that_reads_a_customers_report_is_in_its_audit_trail() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    fill(&world, &acme).await;
    let of = |organization: &str| {
        format!("{REPORT}?startDate={START}&endDate={END}&organizationId={organization}")
    };
    let own = world.report(&acme, START, END).await;
    assert_eq!(world.get(&operator, &of(ACME)).await.text, own.text);
    // Others only ever see themselves.
    assert_eq!(world.get(&acme, &of(GLOBEX)).await.text, own.text);
    for absent in ["44444444-4444-4444-8444-444444444444", "nobody"] {
        let answer = world.get(&operator, &of(absent)).await;
        assert_eq!(answer.refusal(), (404, "not.found".to_owned()));
    }
    let id = ACME.parse().unwrap();
    let trail = world
        .store()
        .database()
        .read(move |db| audit::list(db, id, 10))
        .await
        .unwrap();
    assert_eq!(trail[0].action, "report.read");
    assert_eq!(
        trail[0].detail,
        "2026-10-01T00:00:00.000Z/2026-11-01T00:00:00.000Z"
    );
    assert_eq!(
        trail
            .iter()
            .filter(|entry| entry.action == "report.read")
            .count(),
        1
    );
}

/// Exactly two are active for an hour, but not always the same two.
#[tokio::test]
async fn a_peak_lists_as_many_resources_as_its_total() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let meter = json!({"eventType": "agent.session", "aggregation": "peak"});
    let path = format!("{CATALOG}/meters/agents");
    assert_eq!(world.put(&operator, &path, &meter).await.status, 201);
    let session = |id: &str, subject: &str, time: &str, minutes: u32| {
        let mut event = login(id, subject, time);
        event["type"] = json!("agent.session");
        event["data"] = json!({"seconds": minutes * 60});
        event
    };
    let seen = async || {
        let report = world.report(&acme, START, END).await.json();
        let usage = &report["usages"][0];
        let resources = usage["resources"].as_array().unwrap().iter();
        let names: Vec<String> = resources
            .map(|resource| resource["name"].as_str().unwrap().to_owned())
            .collect();
        (usage["totalUsage"].clone(), names)
    };
    let events = json!([
        session("e-1", "cyd", "2026-10-05T09:40:00Z", 20),
        session("e-2", "ada", "2026-10-05T09:00:00Z", 60),
        session("e-3", "ben", "2026-10-05T09:00:00Z", 40),
    ]);
    world.ingest(&acme, &events).await;
    assert_eq!(seen().await, (json!("2"), vec!["ada".into(), "ben".into()]));
    world.store().fold().await.unwrap();
    assert_eq!(seen().await, (json!("2"), vec!["ada".into(), "ben".into()]));
    // Another day counts too: cyd has 60 minutes then, dan and ada as many.
    let later = json!([
        session("e-4", "cyd", "2026-10-07T23:40:00Z", 40),
        session("e-5", "dan", "2026-10-07T23:20:00Z", 60),
        session("e-6", "eve", "2026-10-07T23:20:00Z", 20),
    ]);
    world.ingest(&acme, &later).await;
    assert_eq!(seen().await, (json!("2"), vec!["ada".into(), "cyd".into()]));
    world.store().fold().await.unwrap();
    assert_eq!(seen().await, (json!("2"), vec!["ada".into(), "cyd".into()]));
}
