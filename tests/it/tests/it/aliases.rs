//! Aliases: names of an organisation that are one resource, from a day on.

use serde_json::{Value, json};

use crate::reading::{AT, Platform, call, meter, owned, used};
use exchequer_support::world::{ACME, CATALOG};

impl Platform {
    async fn alias(&self, body: &Value) -> Value {
        let path = format!("{CATALOG}/aliases/{ACME}");
        let answer = self.world.put(&self.operator, &path, body).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()
    }

    async fn aliases(&self, query: &str) -> Value {
        let path = format!("{CATALOG}/aliases/{ACME}{query}");
        self.world.get(&self.operator, &path).await.json()
    }

    async fn unit(&self, name: &str, aggregation: &str, quantity: Option<&str>) {
        let mut rule = meter(aggregation, json!({}));
        if let Some(field) = quantity {
            rule["quantity"] = json!(field);
        }
        self.put(name, &rule).await;
    }
}

fn list(from: &str, resources: &Value) -> Value {
    json!({"resources": resources, "effective": from})
}

#[tokio::test]
async fn aliases_merge_resources_in_figures_and_no_events() {
    let it = Platform::start().await;
    it.unit("people", "unique", None).await;
    it.unit("minutes", "sum", Some("n")).await;
    it.unit("talk", "hours", Some("s")).await;
    it.unit("busy", "peak", Some("s")).await;
    let data = json!({"n": 2, "s": 3600});
    let at = |minute: &str| format!("2026-10-05T08:{minute}:00Z");
    it.send(&[
        call("e-1", "ada@old.example", &at("00"), data.clone()),
        call("e-2", "ada@example.com", &at("30"), data.clone()),
        call("e-3", "ben", &at("00"), data),
    ])
    .await;
    let path = format!("{CATALOG}/aliases/{ACME}");
    assert_eq!(it.world.get(&it.operator, &path).await.status, 404);
    let apart = used("3", &["ada@old.example", "ben", "ada@example.com"]);
    assert_eq!(it.usage("people").await, apart);
    let one = json!([{"name": "Ada", "aliases": ["ada@example.com", "ada@old.example"]}]);
    let made = it.alias(&list("2026-10-15", &one)).await;
    assert_eq!(
        (&made["version"], &made["since"], &made["resources"]),
        (&json!(1), &json!("2026-10-15"), &one)
    );
    for _ in 0..2 {
        // It is shown under the name of the list, which nobody has sent.
        assert_eq!(it.usage("people").await, used("2", &["Ada", "ben"]));
        assert_eq!(it.usage("minutes").await, used("6", &["Ada", "ben"]));
        // 08:00 to 09:30, and an hour: 2.5.
        assert_eq!(it.usage("talk").await, used("3", &["Ada", "ben"]));
        assert_eq!(it.usage("busy").await, used("2", &["Ada", "ben"]));
        let of_ada = owned(&[("e-1", "2"), ("e-2", "2")]);
        for name in ["Ada", "ada@old.example"] {
            let query = format!("meter=minutes&resource={name}");
            assert_eq!(it.evidence(&query).await, of_ada, "{name}");
        }
        // Without a meter it is the name that was sent.
        assert_eq!(it.evidence("resource=Ada").await, []);
        assert_eq!(it.evidence("resource=ada@example.com").await.len(), 1);
        it.settle().await;
    }
    // A range that ends before that day counts as it did.
    let early = it.world.report(&it.acme, "2026-10-01", "2026-10-15");
    let early = early.await.json();
    let people = |report: &Value| {
        let usages = report["usages"].as_array().unwrap().iter();
        let mut people = usages.filter(|usage| usage["name"] == "people");
        people.next().unwrap()["totalUsage"].clone()
    };
    assert_eq!(people(&early), "3");
    // From November on they are apart again, and one of them is Ben.
    let ben = json!([{"name": "ben", "aliases": ["ada@example.com"]}]);
    let changed = it.alias(&list("2026-11-01", &ben)).await;
    assert_eq!(changed["version"], 2);
    assert_eq!(it.usage("people").await, used("2", &["Ada", "ben"]));
    let november = it.world.report(&it.acme, "2026-10-01", "2026-11-02");
    assert_eq!(people(&november.await.json()), "2");
    it.alias(&list("2026-11-01", &json!([]))).await;
    let november = it.world.report(&it.acme, "2026-10-01", "2026-11-02");
    assert_eq!(people(&november.await.json()), "3");
    assert_eq!(it.aliases("?day=2026-10-31").await["resources"], one);
    assert_eq!(it.aliases("?day=2026-10-14").await["resources"], json!([]));
    assert_eq!(it.aliases("").await["resources"], json!([]));
}

#[tokio::test]
async fn aliases_and_spellings_together_are_one_resource() {
    let it = Platform::start().await;
    it.put("people", &meter("unique", json!({"resources": "folded"})))
        .await;
    it.unit("exact", "unique", None).await;
    let events = ["ADA", "lovelace", "Lovelace ", "ben"];
    let events = events.map(|who| call(who, who, AT, Value::Null));
    it.send(&events).await;
    let one = json!([{"name": "ada", "aliases": ["lovelace"]}]);
    it.alias(&list("2026-10-01", &one)).await;
    for _ in 0..2 {
        assert_eq!(it.usage("people").await, used("2", &["ada", "ben"]));
        let exact = used("4", &["ADA", "Lovelace ", "ada", "ben"]);
        assert_eq!(it.usage("exact").await, exact);
        let evidence = it.evidence("meter=people&resource=LOVELACE").await;
        assert_eq!(evidence.len(), 3);
        assert_eq!(it.evidence("meter=exact&resource=ada").await.len(), 1);
        it.settle().await;
    }
}

#[tokio::test]
async fn a_report_is_another_one_once_aliases_have_changed() {
    let it = Platform::start().await;
    it.unit("people", "unique", None).await;
    it.send(&[
        call("e-1", "ada", AT, Value::Null),
        call("e-2", "Ada", AT, Value::Null),
    ])
    .await;
    let report = || it.world.report(&it.acme, "2026-10-01", "2026-11-01");
    let before = report().await;
    let one = json!([{"name": "ada", "aliases": ["Ada"]}]);
    it.alias(&list("2026-10-01", &one)).await;
    let after = report().await;
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_eq!(after.json()["usages"][0]["totalUsage"], "1");
    assert_eq!(report().await.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn a_list_that_says_nothing_new_makes_no_version() {
    let it = Platform::start().await;
    let one = json!([{"name": "ada", "aliases": ["Ada"]}]);
    it.alias(&list("2026-10-01", &one)).await;
    assert_eq!(it.alias(&list("2026-10-01", &one)).await["version"], 1);
    assert_eq!(it.alias(&json!({"resources": one})).await["version"], 1);
    // What is to come stays, as long as nothing else is said of today.
    it.alias(&list("2027-01-01", &json!([]))).await;
    assert_eq!(it.alias(&json!({"resources": one})).await["version"], 2);
    assert_eq!(it.aliases("?day=2027-01-01").await["resources"], json!([]));
    let two = json!([{"name": "ada", "aliases": ["Ada", "a"]}]);
    assert_eq!(it.alias(&json!({"resources": two})).await["version"], 3);
    assert_eq!(it.aliases("?day=2027-01-01").await["resources"], two);
    let mut stale = list("2026-10-01", &json!([]));
    stale["version"] = json!(2);
    let path = format!("{CATALOG}/aliases/{ACME}");
    let refused = it.world.put(&it.operator, &path, &stale).await;
    assert_eq!(refused.refusal(), (409, "request.conflict".to_owned()));
}

#[tokio::test]
async fn aliases_are_refused_that_are_none() {
    let it = Platform::start().await;
    let path = format!("{CATALOG}/aliases/{ACME}");
    for (body, field) in [
        (
            json!({"resources": [{"name": "a", "aliases": ["a"]}]}),
            "resources",
        ),
        (
            json!({"resources": [{"name": "a", "aliases": []}]}),
            "resources",
        ),
        (
            json!({"resources": [{"name": "a", "aliases": ["b"]}, {"name": "b", "aliases": ["c"]}]}),
            "resources",
        ),
        (
            json!({"resources": [], "effective": "1999-12-31"}),
            "effective",
        ),
    ] {
        let refused = it.world.put(&it.operator, &path, &body).await;
        assert_eq!(
            refused.refusal(),
            (400, "constraint.validation".to_owned()),
            "{body}"
        );
        assert_eq!(refused.json()["details"][0]["fieldName"], field);
    }
    let nobody = format!("{CATALOG}/aliases/00000000-0000-4000-8000-000000000000");
    let body = json!({"resources": []});
    let refused = it.world.put(&it.operator, &nobody, &body).await;
    assert_eq!(refused.refusal().0, 409);
    let yesterday = format!("{path}?day=yesterday");
    let refused = it.world.get(&it.operator, &yesterday).await;
    assert_eq!(refused.refusal().0, 400);
    assert_eq!(it.world.get(&it.operator, &path).await.status, 404);
}

#[tokio::test]
async fn aliases_go_with_their_organization() {
    let it = Platform::start().await;
    let id = "00000000-0000-4000-8000-000000000007";
    let [organization, path] =
        ["organizations", "aliases"].map(|kind| format!("{CATALOG}/{kind}/{id}"));
    let one = json!({"resources": [{"name": "a", "aliases": ["b"]}]});
    let seven = json!({"name": "Seven"});
    for _ in 0..2 {
        let made = it.world.put(&it.operator, &organization, &seven).await;
        assert_eq!(made.status, 201);
        assert_eq!(it.world.get(&it.operator, &path).await.status, 404);
        assert_eq!(it.world.put(&it.operator, &path, &one).await.status, 201);
        let deleted = it.world.delete(&it.operator, &organization).await;
        assert_eq!(deleted.status, 204, "{}", deleted.text);
    }
}
