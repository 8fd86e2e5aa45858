//! Keeping the catalog.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{IF_MATCH, IF_NONE_MATCH};
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, ACME_CLIENT, CATALOG, PLATFORM, ROOT, SECRET, login};

#[tokio::test]
async fn organisations_are_put_listed_and_deleted() {
    let world = World::start().await;
    let operator = world.operator().await;
    let path = format!("{CATALOG}/organizations/{ACME}");
    let created = world.put(&operator, &path, &json!({"name": "Acme"})).await;
    assert_eq!(
        (created.status.as_u16(), created.header("etag")),
        (201, "\"1\"")
    );
    assert_eq!(
        created.json(),
        json!({"id": ACME, "name": "Acme", "version": 1, "selfUri": path})
    );
    let again = world.put(&operator, &path, &json!({"name": "Acme"})).await;
    assert_eq!(
        (again.status.as_u16(), again.header("etag")),
        (200, "\"1\"")
    );
    let renamed = world
        .put(&operator, &path, &json!({"name": "Acme Ltd", "version": 1}))
        .await;
    assert_eq!(renamed.json()["version"], 2);
    assert_eq!(world.get(&operator, &path).await.json(), renamed.json());
    let list = world
        .get(&operator, &format!("{CATALOG}/organizations?pageSize=1"))
        .await
        .json();
    assert_eq!((&list["total"], &list["pageCount"]), (&json!(2), &json!(2)));
    let next = list["nextUri"].as_str().unwrap();
    let second = world.get(&operator, next).await.json();
    assert_eq!(second["entities"][0]["id"], ACME);
    assert!(second.get("nextUri").is_none());
    assert_eq!(world.delete(&operator, &path).await.status, 204);
    assert_eq!(world.delete(&operator, &path).await.refusal().0, 404);
    let platform = world
        .delete(&operator, &format!("{CATALOG}/organizations/{PLATFORM}"))
        .await;
    assert_eq!(platform.refusal(), (409, "request.conflict".to_owned()));
}

#[tokio::test]
async fn changes_to_another_version_are_refused() {
    let world = World::start().await;
    let operator = world.operator().await;
    let path = format!("{CATALOG}/organizations/{ACME}");
    let put = |header: Option<(reqwest::header::HeaderName, &'static str)>, body: Value| {
        let request = world
            .request(Method::PUT, &path)
            .bearer_auth(&operator)
            .json(&body);
        let request = match header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        world.send(request)
    };
    let absent = put(Some((IF_MATCH, "\"1\"")), json!({"name": "Acme"})).await;
    assert_eq!(absent.refusal(), (412, "precondition.failed".to_owned()));
    assert_eq!(
        put(Some((IF_NONE_MATCH, "*")), json!({"name": "Acme"}))
            .await
            .status,
        201
    );
    assert_eq!(
        put(Some((IF_NONE_MATCH, "*")), json!({"name": "B"}))
            .await
            .refusal()
            .0,
        412
    );
    assert_eq!(
        put(Some((IF_MATCH, "\"1\"")), json!({"name": "B"}))
            .await
            .status,
        200
    );
    // Sent again, it is still what was asked for.
    assert_eq!(
        put(Some((IF_MATCH, "\"1\"")), json!({"name": "B"}))
            .await
            .status,
        200
    );
    let stale = put(None, json!({"name": "C", "version": 1})).await;
    assert_eq!(stale.refusal(), (409, "request.conflict".to_owned()));
    assert_eq!(stale.json()["details"][0]["fieldName"], "version");
}

#[tokio::test]
async fn no_condition_is_overlooked() {
    let world = World::start().await;
    let operator = world.operator().await;
    let path = format!("{CATALOG}/organizations/{ACME}");
    let send = |method: Method, headers: &[(&'static str, &'static str)], name: &str| {
        let request = world.request(method, &path).bearer_auth(&operator);
        let request = request.json(&json!({"name": name}));
        let headers = headers.iter();
        world.send(headers.fold(request, |request, (name, value)| {
            request.header(*name, *value)
        }))
    };
    let both = |tag| [("If-Match", tag), ("If-None-Match", "*")];
    // Both cannot hold, whether it exists or not.
    for tag in ["\"1\"", "*"] {
        let absent = send(Method::PUT, &both(tag), "Acme").await;
        assert_eq!(absent.refusal(), (412, "precondition.failed".to_owned()));
    }
    let made = send(Method::PUT, &[], "Acme").await;
    assert_eq!(made.status, 201);
    for method in [Method::PUT, Method::DELETE] {
        for tag in ["\"1\"", "*"] {
            let refused = send(method.clone(), &both(tag), "B").await;
            assert_eq!(refused.refusal(), (412, "precondition.failed".to_owned()));
        }
        for tag in ["\"1\"", "\"7\"", "W/\"1\"", "*, \"1\""] {
            let refused = send(method.clone(), &[("If-None-Match", tag)], "B").await;
            assert_eq!(refused.refusal(), (400, "invalid.value".to_owned()));
            let refused = refused.json();
            assert_eq!(refused["details"][0]["fieldName"], "If-None-Match");
        }
    }
    let found = world.get(&operator, &path).await;
    assert_eq!(found.json(), made.json(), "nothing was changed");
    // Sent again, it is still what was asked for.
    assert_eq!(send(Method::PUT, &both("*"), "Acme").await.status, 200);
}

#[tokio::test]
async fn secrets_are_shown_once_and_rotated() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let path = format!("{CATALOG}/clients/bbbbbbbb-0000-4000-8000-000000000001");
    let id = &path[path.len() - 36..];
    let body = json!({"organization": ACME, "name": "billing"});
    let created = world.put(&operator, &path, &body).await.json();
    let first = created["secret"].as_str().unwrap().to_owned();
    assert_eq!(created["accessTokenValiditySeconds"], 86_400);
    assert!(
        world
            .get(&operator, &path)
            .await
            .json()
            .get("secret")
            .is_none()
    );
    assert!(
        world
            .put(&operator, &path, &body)
            .await
            .json()
            .get("secret")
            .is_none()
    );
    world.token(id, &first).await;

    let rotate = json!({"organization": ACME, "name": "billing", "generateSecret": true});
    let rotated = world.put(&operator, &path, &rotate).await.json();
    assert_eq!(rotated["secrets"], 2);
    let second = rotated["secret"].as_str().unwrap().to_owned();
    world.token(id, &first).await;
    world.token(id, &second).await;
    let done = json!({"organization": ACME, "name": "billing", "dropOldSecrets": true});
    assert_eq!(
        world.put(&operator, &path, &done).await.json()["secrets"],
        1
    );
    assert_eq!(world.login(id, &first).await.status, 401);
    world.token(id, &second).await;
}

#[tokio::test]
async fn a_client_that_is_gone_is_gone_at_once() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let path = format!("{CATALOG}/clients/{ACME_CLIENT}");
    assert_eq!(world.delete(&operator, &path).await.status, 204);
    assert_eq!(world.get(&acme, "/api/v2/tokens/me").await.refusal().0, 401);
    assert_eq!(world.login(ACME_CLIENT, SECRET).await.status, 401);
    let last = world
        .delete(&operator, &format!("{CATALOG}/clients/{ROOT}"))
        .await;
    assert_eq!(last.refusal().0, 409);
}

#[tokio::test]
async fn a_permission_that_is_taken_is_gone_at_once() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let body = json!({"organization": ACME, "name": "reader", "permissions": []});
    world
        .put(
            &operator,
            &format!("{CATALOG}/clients/{ACME_CLIENT}"),
            &body,
        )
        .await;
    let answer = world.report(&acme, "2026-01-01", "2026-02-01").await;
    assert_eq!(
        answer.refusal(),
        (403, "missing.any.permissions".to_owned())
    );
}

#[tokio::test]
async fn meters_get_versions() {
    let world = World::start().await;
    let operator = world.operator().await;
    let path = format!("{CATALOG}/meters/voice%20minutes");
    let rule = json!({
        "eventType": "call.ended", "aggregation": "sum", "quantity": "minutes", "roundUpEach": "0.10",
    });
    let created = world.put(&operator, &path, &rule).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let body = created.json();
    assert_eq!(
        (&body["name"], &body["roundUpEach"]),
        (&json!("voice minutes"), &json!("0.1"))
    );
    assert_eq!(body["versions"][0]["effective"], "2000-01-01");
    assert_eq!(body["selfUri"], path);
    assert!(body.get("peakMinutes").is_none());
    assert_eq!(
        world.put(&operator, &path, &rule).await.header("etag"),
        "\"1\""
    );
    let mut changed = rule.clone();
    changed["roundUpEach"] = json!("1");
    let today = world.put(&operator, &path, &changed).await.json();
    assert_eq!(
        (&today["version"], &today["versions"][1]["effective"]),
        (&json!(2), &json!("2026-11-15"))
    );
    changed["effective"] = json!("2026-12-01");
    changed["quantity"] = json!("seconds");
    let later = world.put(&operator, &path, &changed).await.json();
    assert_eq!(later["versions"][2]["effective"], "2026-12-01");
    assert_eq!(
        (&later["version"], &later["inForce"], &later["quantity"]),
        (&json!(3), &json!(2), &json!("minutes"))
    );
    world.clock.advance(Duration::from_secs(16 * 86_400));
    let operator = world.operator().await;
    let begun = world.get(&operator, &path).await.json();
    assert_eq!(
        (&begun["inForce"], &begun["quantity"]),
        (&json!(3), &json!("seconds"))
    );
    assert_eq!(
        world
            .get(&operator, &format!("{CATALOG}/meters"))
            .await
            .json()["total"],
        1
    );
    assert_eq!(world.delete(&operator, &path).await.status, 204);
    assert_eq!(world.get(&operator, &path).await.refusal().0, 404);
}

#[tokio::test]
async fn a_rule_that_is_scheduled_begins_today_if_it_is_put_without_a_day() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let path = format!("{CATALOG}/meters/sign-ins");
    let put = async |event_type: &str, effective: Option<&str>| {
        let mut rule = json!({"eventType": event_type, "aggregation": "count"});
        if let Some(day) = effective {
            rule["effective"] = json!(day);
        }
        world.put(&operator, &path, &rule).await.json()
    };
    put("sign-in", None).await;
    let scheduled = put("sign-in.v2", Some("2026-12-01")).await;
    assert_eq!(scheduled["eventType"], "sign-in", "{scheduled}");
    let today = put("sign-in.v2", None).await;
    assert_eq!(today["eventType"], "sign-in.v2", "{today}");
    assert_eq!(today["versions"][2]["effective"], "2026-11-15", "{today}");
    assert_eq!(put("sign-in.v2", None).await, today);
    let mut event = login("e-1", "ada", "2026-11-15T11:00:00Z");
    event["type"] = json!("sign-in.v2");
    let answer = world.ingest(&acme, &json!([event])).await.json();
    assert_eq!(answer["unmetered"], 0, "{answer}");
    let report = world.report(&acme, "2026-11-15", "2026-11-16").await.json();
    assert_eq!(report["usages"][0]["totalUsage"], "1", "{report}");
}

#[tokio::test]
async fn meters_that_cannot_count_are_refused() {
    let world = World::start().await;
    let [operator, acme, _] = world.populate().await;
    let put = |name: &str, body: Value| {
        let path = format!("{CATALOG}/meters/{name}");
        let operator = operator.clone();
        let world = &world;
        async move { world.put(&operator, &path, &body).await.refusal() }
    };
    let invalid = |code: &str| (400, code.to_owned());
    assert_eq!(
        put("m", json!({"eventType": "x", "aggregation": "median"})).await,
        invalid("invalid.value")
    );
    assert_eq!(
        put("m", json!({"aggregation": "sum"})).await,
        invalid("bad.request")
    );
    let sum = json!({"eventType": "x", "aggregation": "sum"});
    assert_eq!(put("m", sum).await, invalid("constraint.validation"));
    let step =
        json!({"eventType": "x", "aggregation": "sum", "quantity": "q", "roundUpEach": "-1"});
    assert_eq!(put("m", step).await, invalid("constraint.validation"));
    let day = json!({"eventType": "x", "aggregation": "count", "effective": "1999-12-31"});
    assert_eq!(put("m", day).await, invalid("constraint.validation"));
    let changed = json!({"eventType": "user.login", "aggregation": "count"});
    assert_eq!(
        put("logins", changed).await,
        (409, "request.conflict".to_owned())
    );
    world
        .ingest(&acme, &json!([login("e-1", "ada", "2026-10-01T00:00:00Z")]))
        .await;
    let used = world
        .delete(&operator, &format!("{CATALOG}/meters/logins"))
        .await;
    assert_eq!(used.refusal(), (409, "request.conflict".to_owned()));
    let clients = format!("{CATALOG}/clients/{ACME_CLIENT}");
    assert_eq!(world.delete(&operator, &clients).await.status, 204);
    let organization = world
        .delete(&operator, &format!("{CATALOG}/organizations/{ACME}"))
        .await;
    assert!(
        organization.json()["message"]
            .as_str()
            .unwrap()
            .contains("usage")
    );
}

/// Returns the answer to a request that puts many: id, status and version or code of each.
async fn put_many(world: &World, kind: &str, entities: Value) -> Vec<(String, u64, Value)> {
    let operator = world.operator().await;
    let request = world
        .request(Method::POST, &format!("{CATALOG}/{kind}"))
        .bearer_auth(&operator)
        .json(&json!({ "entities": entities }));
    let answer = world.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let outcome = |it: &Value| {
        let (entity, error) = (&it["entity"]["version"], &it["error"]["code"]);
        assert_ne!(entity.is_null(), error.is_null(), "one of the two: {it}");
        (
            it["id"].as_str().unwrap().to_owned(),
            it["status"].as_u64().unwrap(),
            if error.is_null() { entity } else { error }.clone(),
        )
    };
    let answer = answer.json();
    answer["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(outcome)
        .collect()
}

#[tokio::test]
async fn many_are_put_in_order_and_a_refusal_keeps_none_back() {
    const BETA: &str = "33333333-3333-4333-8333-333333333333";
    let world = World::start().await;
    let put = |name: &str| {
        json!([
            {"id": ACME, "name": name},
            {"id": "no uuid", "name": "X"},
            {"id": BETA, "name": ""},
            {"id": BETA, "name": "Beta", "version": 7},
            {"id": BETA, "name": "Beta"},
            // After itself: in the order of the request.
            {"id": ACME, "name": "Acme"},
        ])
    };
    let outcomes = |statuses: [u64; 6], versions: [u64; 3]| {
        let of = |id: &str, status, what: Value| (id.to_owned(), status, what);
        let [first, beta, last] = versions;
        vec![
            of(ACME, statuses[0], json!(first)),
            of("no uuid", 400, json!("invalid.value")),
            of(BETA, 400, json!("constraint.validation")),
            of(BETA, statuses[3], json!("request.conflict")),
            of(BETA, statuses[4], json!(beta)),
            of(ACME, statuses[5], json!(last)),
        ]
    };
    let made = put_many(&world, "organizations", put("Acme Ltd")).await;
    assert_eq!(made, outcomes([201, 400, 400, 409, 201, 200], [1, 1, 2]));
    let again = put_many(
        &world,
        "organizations",
        json!([{"id": ACME, "name": "Acme"}]),
    )
    .await;
    assert_eq!(again, [(ACME.to_owned(), 200, json!(2))]);
    // Each kind checks as it does alone: nothing of a contract may be overlooked.
    let contract = json!([{"id": "C-1", "organization": ACME, "subscripton": "PREPAY"}]);
    let refused = put_many(&world, "contracts", contract).await;
    assert_eq!(refused[0].1, 400);
    let trust = json!([{"id": format!("{ACME}:{BETA}")}, {"id": format!("{ACME}:{ACME}")}]);
    let trusts = put_many(&world, "trusts", trust).await;
    assert_eq!((trusts[0].1, trusts[1].1), (201, 409));
}

#[tokio::test]
async fn a_request_that_puts_many_is_read_whole_or_refused() {
    let world = World::start().await;
    let operator = world.operator().await;
    let named = |count: usize| vec![json!({"id": ACME, "name": "Acme"}); count];
    for (body, refusal) in [
        (
            json!({"entities": named(201)}),
            (413, "request.entity.too.large"),
        ),
        (json!({"entities": [{"name": "A"}]}), (400, "bad.request")),
        (json!({"entities": ["A"]}), (400, "bad.request")),
        // What stands before an entity that cannot be told apart is not put either.
        (
            json!({"entities": [named(1)[0], {"name": "A"}]}),
            (400, "bad.request"),
        ),
        (
            json!({"entities": [named(1)[0], {"id": 7, "name": "A"}]}),
            (400, "bad.request"),
        ),
        (
            json!({"entities": [named(1)[0], {"id": null, "name": "A"}, named(1)[0]]}),
            (400, "bad.request"),
        ),
        (
            json!({"entities": [named(1)[0], null]}),
            (400, "bad.request"),
        ),
        (
            json!({"entities": [], "atomic": true}),
            (400, "bad.request"),
        ),
        (json!({}), (400, "bad.request")),
    ] {
        let request = world
            .request(Method::POST, &format!("{CATALOG}/organizations"))
            .bearer_auth(&operator)
            .json(&body);
        let (status, code) = world.send(request).await.refusal();
        assert_eq!((status, code.as_str()), refusal);
    }
    let path = format!("{CATALOG}/organizations/{ACME}");
    let found = world.get(&operator, &path).await;
    assert_eq!(found.status, 404, "nothing of them was put");
    let none = put_many(&world, "organizations", json!([])).await;
    assert!(none.is_empty());
}
