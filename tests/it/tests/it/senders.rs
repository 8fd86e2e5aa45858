//! Who may send what, and who has sent what is kept.

use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, PLATFORM, REPORT, SECRET, login};

const DAY: &str = "2026-10-01T08:00:00Z";

/// Puts a client of Acme's with these permissions and sources, and logs it in.
async fn client(world: &World, number: u8, permissions: &[&str], sources: &[&str]) -> String {
    let id = format!("bbbbbbbb-0000-4000-8000-00000000000{number}");
    let body = json!({"organization": ACME, "name": "a sender", "secret": SECRET,
        "permissions": permissions, "sources": sources});
    let operator = world.operator().await;
    let path = format!("{CATALOG}/clients/{id}");
    let put = world.put(&operator, &path, &body).await;
    assert_eq!(put.json()["sources"], json!(sources), "{}", put.text);
    assert_eq!(
        world.get(&operator, &path).await.json()["sources"],
        json!(sources)
    );
    world.token(&id, SECRET).await
}

fn under(source: &str, id: &str, voids: Option<&str>) -> Value {
    let mut event = login(id, "ada", DAY);
    event["source"] = json!(source);
    if let Some(voids) = voids {
        event["voids"] = json!(voids);
    }
    event
}

#[tokio::test]
async fn a_client_sends_and_voids_under_its_own_sources_only() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let mut event = under("/platform", "e-1", None);
    event["organization"] = json!(ACME);
    assert_eq!(
        world.ingest(&operator, &json!([event])).await.json()["accepted"],
        1
    );
    let both = ["billing:usage:add", "billing:usage:void"];
    let sender = client(&world, 1, &both, &["/own/*", "/shared"]).await;
    let events = json!([
        under("/platform", "e-2", Some("e-1")),
        under("/platform", "e-3", None),
        under("/own/a", "e-4", None),
        under("/own", "e-5", None),
        under("/own/b", "e-6", Some("e-4")),
        under("/shared", "e-7", None),
        under("/shared/a", "e-8", None),
    ]);
    let answer = world.ingest(&sender, &events).await.json();
    assert_eq!(answer["accepted"], 3, "{answer}");
    let rejected = answer["rejected"].as_array().unwrap();
    let indices: Vec<_> = rejected
        .iter()
        .map(|it| it["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices, [0, 1, 3, 6]);
    for rejection in rejected {
        assert_eq!(rejection["code"], "not.authorized");
        assert!(
            rejection["message"]
                .as_str()
                .unwrap()
                .starts_with("source /")
        );
    }
    let none = client(&world, 2, &both, &[]).await;
    let answer = world
        .ingest(&none, &json!([under("/own/a", "e-9", None)]))
        .await
        .json();
    assert_eq!(answer["rejected"][0]["code"], "not.authorized");
    // The platform's event stands, whoever tried to void it.
    let path = format!("{REPORT}?startDate=2026-10-01&endDate=2026-10-02&organizationId={ACME}");
    let report = world.get(&operator, &path).await.json();
    assert_eq!(report["usages"][0]["totalUsage"], "1", "{report}");
}

#[tokio::test]
async fn adding_and_voiding_are_permissions_of_their_own() {
    let world = World::start().await;
    world.populate().await;
    let events = json!([
        under("/own", "e-1", None),
        under("/own", "e-2", Some("e-1"))
    ]);
    for (number, permission, accepted, field) in [
        (1, "billing:usage:add", 0, "voids"),
        (2, "billing:usage:void", 1, "type"),
    ] {
        let sender = client(&world, number, &[permission], &["/own"]).await;
        let answer = world.ingest(&sender, &events).await.json();
        assert_eq!(answer["accepted"], 1, "{answer}");
        let rejection = &answer["rejected"][0];
        assert_eq!(rejection["index"], 1 - accepted);
        assert_eq!(rejection["code"], "missing.any.permissions");
        let message = rejection["message"].as_str().unwrap();
        assert!(message.contains("billing:usage:"), "{field}: {message}");
    }
}

#[tokio::test]
async fn a_client_of_the_operator_sends_under_any_source_unless_it_has_some() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let id = "bbbbbbbb-0000-4000-8000-000000000009";
    let mut body = json!({"organization": PLATFORM, "name": "connector", "secret": SECRET,
        "permissions": ["billing:usage:add"]});
    for (sources, accepted) in [(json!([]), 2), (json!(["/pbx/*"]), 1)] {
        body["sources"] = sources;
        world
            .put(&operator, &format!("{CATALOG}/clients/{id}"), &body)
            .await;
        let token = world.token(id, SECRET).await;
        let events = json!([
            under("/pbx/1", &format!("a-{accepted}"), None),
            under("/other", &format!("b-{accepted}"), None),
        ]);
        assert_eq!(
            world.ingest(&token, &events).await.json()["accepted"],
            accepted
        );
    }
}

/// The sender learns that it is another client's event, the operator whose.
#[tokio::test]
async fn a_conflict_says_that_another_client_has_sent_what_stands() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let other = client(&world, 1, &["billing:usage:add"], &["/test"]).await;
    let first = json!([login("e-1", "ada", DAY)]);
    assert_eq!(world.ingest(&acme, &first).await.json()["accepted"], 1);
    // The same content is a repeat, whoever sends it.
    assert_eq!(world.ingest(&other, &first).await.json()["duplicates"], 1);
    let mut changed = login("e-1", "bob", DAY);
    let plain = json!([{"index": 0, "id": "e-1"}]);
    let told = json!([{"index": 0, "id": "e-1", "otherClient": true}]);
    for folded in [false, true] {
        if folded {
            world.store().fold().await.unwrap();
        }
        changed["organization"] = json!(ACME);
        let again = json!([changed]);
        assert_eq!(world.ingest(&acme, &again).await.json()["conflicts"], plain);
        assert_eq!(world.ingest(&other, &again).await.json()["conflicts"], told);
        let mut named = told.clone();
        named[0]["client"] = json!(ACME_CLIENT);
        assert_eq!(
            world.ingest(&operator, &again).await.json()["conflicts"],
            named
        );
    }
}
