//! From a figure to its days, and from a day to its events.

use exchequer_store::audit;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, EVENTS, login};

const SERIES: &str = "/api/v2/billing/usage/series";
const OCTOBER: &str = "startDate=2026-10-01&endDate=2026-11-01";

/// A call of somebody, so many seconds long.
fn call(id: &str, who: &str, time: &str, seconds: &str) -> Value {
    let mut event = login(id, who, time);
    event["type"] = json!("call.ended");
    event["data"] = json!({"seconds": seconds, "exact": 12.50, "b": [1, "2"], "a": null});
    event
}

async fn put_meter(world: &World, token: &str, name: &str, rule: Value) {
    let path = format!("{CATALOG}/meters/{name}");
    let put = world.put(token, &path, &rule).await;
    assert_eq!(put.status, 201, "{}", put.text);
}

/// Logins of three days, a call over midnight, and something unmetered.
async fn fill(world: &World) -> [String; 3] {
    let tokens = world.populate().await;
    let hours = json!({"eventType": "call.ended", "aggregation": "hours"});
    put_meter(world, &tokens[0], "talk", hours).await;
    let mut typo = login("t-1", "ada", "2026-10-02T10:00:00Z");
    typo["type"] = json!("user.logon");
    let events = json!([
        login("e-1", "zoe", "2026-10-01T00:00:00Z"),
        login("e-2", "ada", "2026-10-01T23:59:59.999999Z"),
        login("e-3", "ada", "2026-10-02T00:00:00Z"),
        login("e-4", "ada", "2026-10-02T09:30:00Z"),
        login("e-5", "eve", "2026-11-01T00:00:00Z"),
        call("c-1", "zoe", "2026-10-01T23:30:00Z", "5400"),
        typo,
    ]);
    let answer = world.ingest(&tokens[1], &events).await.json();
    assert_eq!(
        (&answer["accepted"], &answer["unmetered"]),
        (&json!(7), &json!(1))
    );
    tokens
}

async fn usages(world: &World, token: &str, query: &str) -> Vec<String> {
    let series = world.get(token, &format!("{SERIES}?{query}")).await.json();
    let entities = series["entities"].as_array().unwrap().iter();
    entities
        .map(|bucket| bucket["usage"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_session_of_no_length_is_evidence_of_nothing() {
    let world = World::start().await;
    let tokens = fill(&world).await;
    let events = json!([call("c-0", "ada", "2026-10-05T12:00:00Z", "0")]);
    let answer = world.ingest(&tokens[1], &events).await.json();
    assert_eq!(answer["accepted"], 1);
    let range = "startDate=2026-10-05T00:00:00Z&endDate=2026-10-06T00:00:00Z";
    let ids = async |query: String| {
        let list = world
            .get(&tokens[1], &format!("{EVENTS}?{query}"))
            .await
            .json();
        let list = list["entities"].as_array().unwrap().iter();
        list.map(|event| event["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(format!("{range}&meter=talk")).await,
        Vec::<Value>::new()
    );
    assert_eq!(ids(range.to_owned()).await, ["c-0"]);
    assert_eq!(
        usages(
            &world,
            &tokens[1],
            &format!("{range}&meter=talk&granularity=day")
        )
        .await,
        ["0"]
    );
}

#[tokio::test]
async fn every_bucket_of_a_series_stands_alone() {
    let world = World::start().await;
    let [operator, acme, globex] = fill(&world).await;
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        let query = "meter=logins&startDate=2026-10-01&endDate=2026-10-03T12:00";
        let series = world.get(&acme, &format!("{SERIES}?{query}")).await.json();
        assert_eq!(
            series,
            json!({
                "meter": "logins", "granularity": "day", "timeZone": "UTC",
                "startDate": "2026-10-01T00:00:00.000Z", "endDate": "2026-10-03T12:00:00.000Z",
                "entities": [
                    {"startDate": "2026-10-01T00:00:00.000Z", "endDate": "2026-10-02T00:00:00.000Z",
                        "localStart": "2026-10-01T00:00:00.000Z", "usage": "2"},
                    {"startDate": "2026-10-02T00:00:00.000Z", "endDate": "2026-10-03T00:00:00.000Z",
                        "localStart": "2026-10-02T00:00:00.000Z", "usage": "1"},
                    {"startDate": "2026-10-03T00:00:00.000Z", "endDate": "2026-10-03T12:00:00.000Z",
                        "localStart": "2026-10-03T00:00:00.000Z", "usage": "0"},
                ],
            })
        );
        let months = "meter=logins&granularity=month&startDate=2026-10-01&endDate=2026-12-01";
        assert_eq!(usages(&world, &acme, months).await, ["2", "1"]);
        // A session counts in each hour that it reaches, rounded up there.
        let hours =
            "meter=talk&granularity=hour&startDate=2026-10-01T23:10&endDate=2026-10-02T03:00";
        assert_eq!(usages(&world, &acme, hours).await, ["1", "1", "0", "0"]);
        assert_eq!(usages(&world, &globex, hours).await, ["0", "0", "0", "0"]);
        let other = format!("{hours}&organizationId={ACME}");
        assert_eq!(
            usages(&world, &operator, &other).await,
            ["1", "1", "0", "0"]
        );
        assert_eq!(usages(&world, &globex, &other).await, ["0", "0", "0", "0"]);
    }
    let nothing = "meter=logins&startDate=2026-10-01&endDate=2026-10-01";
    assert!(usages(&world, &acme, nothing).await.is_empty());
}

#[tokio::test]
async fn a_bucket_can_be_asked_for_as_a_report() {
    let world = World::start().await;
    let [_, acme, _] = fill(&world).await;
    let query = format!(
        "{SERIES}?meter=logins&granularity=hour&startDate=2026-10-01T22:00&endDate=2026-10-02T11:00"
    );
    let series = world.get(&acme, &query).await.json();
    for bucket in series["entities"].as_array().unwrap() {
        let date = |name: &str| bucket[name].as_str().unwrap();
        let report = world
            .report(&acme, date("startDate"), date("endDate"))
            .await
            .json();
        let usages = report["usages"].as_array().unwrap();
        let usage = usages.iter().find(|usage| usage["name"] == "logins");
        let total = usage.map_or("0", |usage| usage["totalUsage"].as_str().unwrap());
        assert_eq!(bucket["usage"], total, "{bucket}");
    }
}

#[tokio::test]
async fn what_a_series_cannot_be_made_of_is_refused() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let param = (400, "invalid.query.param.value".to_owned());
    for (query, field, expected) in [
        (OCTOBER.to_owned(), "meter", &param),
        (format!("{OCTOBER}&meter=nobody"), "meter", &param),
        (
            format!("{OCTOBER}&meter=logins&granularity=week"),
            "granularity",
            &param,
        ),
        (
            "meter=logins&startDate=2026-10-01".to_owned(),
            "endDate",
            &(400, "invalid.date".to_owned()),
        ),
        (
            "meter=logins&granularity=hour&startDate=2026-01-01&endDate=2027-01-01".to_owned(),
            "granularity",
            &(400, "constraint.validation".to_owned()),
        ),
    ] {
        let answer = world.get(&acme, &format!("{SERIES}?{query}")).await;
        assert_eq!(answer.refusal(), *expected, "{query}");
        assert_eq!(answer.json()["details"][0]["fieldName"], field, "{query}");
    }
}

/// The ids of all pages, and how many pages there were.
async fn all_pages(world: &World, token: &str, query: &str) -> (Vec<String>, usize) {
    let mut ids = Vec::new();
    let mut next = Some(format!("{EVENTS}?{query}"));
    let mut pages = 0;
    while let Some(uri) = next {
        let page = world.get(token, &uri).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        ids.extend(page["entities"].as_array().unwrap().iter().map(id));
        next = page["nextUri"].as_str().map(str::to_owned);
        pages += 1;
    }
    (ids, pages)
}

fn id(event: &Value) -> String {
    event["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn events_are_shown_as_they_were_taken_in() {
    let world = World::start().await;
    let [_, acme, globex] = fill(&world).await;
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        let query = format!("{EVENTS}?meter=talk&{OCTOBER}");
        let page = world.get(&acme, &query).await;
        // Numbers stand as they were sent, not as a float would have them.
        let data = r#""data":{"a":null,"b":[1,"2"],"exact":12.5,"seconds":"5400"}"#;
        assert!(page.text.contains(data), "{}", page.text);
        let mut page = page.json();
        let entity = page["entities"][0].as_object_mut().unwrap();
        entity.remove("data");
        assert_eq!(
            page,
            json!({
                "entities": [{
                    "id": "c-1", "source": "/test", "type": "call.ended", "resource": "zoe",
                    "time": "2026-10-01T23:30:00.000Z", "received": "2026-11-15T12:00:00.000Z",
                    "client": ACME_CLIENT, "quantity": "5400",
                }],
                "pageSize": 100,
                "selfUri": format!("{EVENTS}?pageSize=100&meter=talk&{OCTOBER}"),
            })
        );
        // Only the part of it that lies in the range counts; it is the evidence.
        let inside = "meter=talk&startDate=2026-10-02T00:30&endDate=2026-10-02T00:40";
        assert_eq!(all_pages(&world, &acme, inside).await.0, ["c-1"]);
        let behind = "meter=talk&startDate=2026-10-02T01:00&endDate=2026-10-03";
        assert!(all_pages(&world, &acme, behind).await.0.is_empty());
        let all = all_pages(&world, &acme, OCTOBER).await.0;
        assert_eq!(all, ["e-1", "c-1", "e-2", "e-3", "e-4", "t-1"]);
        let ada = format!("{OCTOBER}&meter=logins&resource=ada&pageSize=1");
        let ids = ["e-2", "e-3", "e-4"].map(str::to_owned).to_vec();
        assert_eq!(all_pages(&world, &acme, &ada).await, (ids, 3));
        let nobody = format!("{OCTOBER}&resource=nobody");
        assert!(all_pages(&world, &acme, &nobody).await.0.is_empty());
        assert!(all_pages(&world, &globex, OCTOBER).await.0.is_empty());
    }
}

#[tokio::test]
async fn pages_stay_what_they_were_while_events_arrive() {
    let world = World::start().await;
    let [_, acme, _] = fill(&world).await;
    let first = world
        .get(&acme, &format!("{EVENTS}?{OCTOBER}&pageSize=2"))
        .await
        .json();
    let next = first["nextUri"].as_str().unwrap().to_owned();
    let late = json!([
        login("l-1", "ada", "2026-10-01T12:00:00Z"),
        login("l-2", "ada", "2026-10-02T00:00:00Z"),
        login("l-3", "ada", "2026-10-30T00:00:00Z"),
    ]);
    assert_eq!(world.ingest(&acme, &late).await.json()["accepted"], 3);
    world.store().fold().await.unwrap();
    let rest = next.strip_prefix(&format!("{EVENTS}?")).unwrap();
    let (ids, pages) = all_pages(&world, &acme, rest).await;
    assert_eq!(
        (ids, pages),
        (["e-2", "e-3", "e-4", "t-1"].map(str::to_owned).to_vec(), 2)
    );
    let fresh = all_pages(&world, &acme, &format!("{OCTOBER}&pageSize=2"))
        .await
        .0;
    assert_eq!(fresh.len(), 9);
}

#[tokio::test]
async fn what_is_voided_is_shown_on_demand() {
    let world = World::start().await;
    let [_, acme, _] = fill(&world).await;
    let first = world
        .get(
            &acme,
            &format!("{EVENTS}?{OCTOBER}&meter=logins&pageSize=1"),
        )
        .await;
    let next = first.json()["nextUri"].as_str().unwrap().to_owned();
    let mut correction = login("e-4b", "bob", "2026-10-02T09:30:00Z");
    correction["voids"] = json!("e-4");
    assert_eq!(
        world.ingest(&acme, &json!([correction])).await.json()["accepted"],
        1
    );
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        let of = format!("{OCTOBER}&meter=logins");
        assert_eq!(
            all_pages(&world, &acme, &of).await.0,
            ["e-1", "e-2", "e-3", "e-4b"]
        );
        let page = world
            .get(&acme, &format!("{EVENTS}?{of}&expand=voided&pageSize=4"))
            .await
            .json();
        let voided = page["entities"][3].as_object().unwrap();
        assert_eq!(
            (&voided["id"], &voided["voidedBy"]),
            (&json!("e-4"), &json!("e-4b"))
        );
        assert!(!voided.contains_key("voids"));
        // Links go on showing it.
        let next = world
            .get(&acme, page["nextUri"].as_str().unwrap())
            .await
            .json();
        let correction = next["entities"][0].as_object().unwrap();
        assert_eq!(
            (&correction["id"], &correction["voids"]),
            (&json!("e-4b"), &json!("e-4"))
        );
        assert!(!correction.contains_key("voidedBy"));
        let days = "meter=logins&startDate=2026-10-02&endDate=2026-10-03";
        assert_eq!(usages(&world, &acme, days).await, ["2"]);
    }
    // A walk that had begun before goes on as if nothing had happened.
    let rest = next.strip_prefix(&format!("{EVENTS}?")).unwrap();
    assert_eq!(
        all_pages(&world, &acme, rest).await.0,
        ["e-2", "e-3", "e-4"]
    );
}

#[tokio::test]
async fn what_names_no_page_of_events_is_refused() {
    let world = World::start().await;
    let [_, acme, globex] = fill(&world).await;
    let page = world
        .get(&acme, &format!("{EVENTS}?{OCTOBER}&pageSize=1"))
        .await
        .json();
    let next = page["nextUri"].as_str().unwrap();
    let long = "x".repeat(257);
    let param = (400, "invalid.query.param.value".to_owned());
    for (query, field) in [
        (format!("{OCTOBER}&meter=nobody"), "meter"),
        (format!("{OCTOBER}&after=nonsense"), "after"),
        (format!("{OCTOBER}&pageSize=0"), "pageSize"),
        (format!("{OCTOBER}&resource={long}"), "resource"),
    ] {
        let answer = world.get(&acme, &format!("{EVENTS}?{query}")).await;
        assert_eq!(answer.refusal(), param, "{query}");
        assert_eq!(answer.json()["details"][0]["fieldName"], field, "{query}");
    }
    assert_eq!(
        world.get(&globex, next).await.refusal(),
        param,
        "a cursor of somebody else"
    );
    let huge = world
        .get(&acme, &format!("{EVENTS}?{OCTOBER}&pageSize=4000000000"))
        .await;
    assert_eq!(huge.json()["pageSize"], 1000);
}

#[tokio::test]
async fn what_an_operator_reads_is_in_the_audit_trail() {
    let world = World::start().await;
    let [operator, ..] = fill(&world).await;
    let of = format!("{OCTOBER}&meter=logins&organizationId={ACME}");
    let events = format!("{EVENTS}?{of}&resource=ada&pageSize=1");
    let page = world.get(&operator, &events).await.json();
    // Links lead on to the same organisation.
    let next = world
        .get(&operator, page["nextUri"].as_str().unwrap())
        .await;
    assert_eq!(id(&next.json()["entities"][0]), "e-3");
    world.get(&operator, &format!("{SERIES}?{of}")).await;
    let acme = ACME.parse().unwrap();
    let trail = world
        .store()
        .database()
        .read(move |db| audit::list(db, acme, 10));
    let trail = trail.await.unwrap();
    // The newest comes first.
    let reads = trail
        .iter()
        .rev()
        .filter(|entry| entry.action.ends_with(".read"));
    let reads: Vec<(&str, &str)> = reads
        .map(|entry| (entry.action.as_str(), entry.detail.as_str()))
        .collect();
    let range = "2026-10-01T00:00:00.000Z/2026-11-01T00:00:00.000Z";
    let page = format!("{range} of logins at ada");
    let series = format!("{range} of logins by day of UTC");
    assert_eq!(
        reads,
        [
            ("events.read", &*page),
            ("events.read", &*page),
            ("series.read", &*series)
        ]
    );
}
