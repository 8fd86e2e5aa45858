//! Refusals, and what is on every answer.

use reqwest::Method;
use serde_json::json;

use exchequer_support::World;
use exchequer_support::world::{CATALOG, EVENTS};

#[tokio::test]
async fn every_answer_carries_a_correlation_id_and_the_headers() {
    let world = World::start().await;
    for (method, path, status) in [
        (Method::GET, "/health/live", 200),
        (Method::GET, "/health/ready", 200),
        (Method::GET, "/metrics", 200),
        (Method::GET, "/openapi.json", 200),
        (Method::GET, "/nowhere", 404),
        (Method::POST, "/health/live", 405),
        (Method::PATCH, EVENTS, 405),
    ] {
        let answer = world.send(world.request(method, path)).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("inin-correlation-id").len(), 36);
        assert_eq!(answer.header("pragma"), "no-cache");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        if status >= 400 {
            assert_eq!(answer.refusal().0, status);
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
    let answer = world
        .send(world.request(Method::POST, "/health/live"))
        .await;
    assert_eq!(answer.refusal().1, "method.not.allowed");
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn a_caller_may_bring_its_correlation_id() {
    let world = World::start().await;
    let ask = |id: &'static str| {
        let request = world
            .request(Method::GET, "/nowhere")
            .header("ININ-Correlation-Id", id);
        world.send(request)
    };
    let id = "f3ac4404-0000-4000-8000-000000000000";
    assert_eq!(ask(id).await.json()["contextId"], id);
    assert_ne!(
        ask("anything else").await.json()["contextId"],
        "anything else"
    );
}

#[tokio::test]
async fn bodies_are_bounded_and_typed() {
    let world = World::start().await;
    let operator = world.operator().await;
    let post = |body: Vec<u8>, media: &'static str| {
        let request = world.request(Method::POST, EVENTS).bearer_auth(&operator);
        world.send(request.header("content-type", media).body(body))
    };
    let blanks = vec![b' '; 16 * 1024 * 1024 + 1];
    let large = post(blanks.clone(), "application/json").await;
    assert_eq!(
        large.refusal(),
        (413, "request.entity.too.large".to_owned())
    );
    let bomb = zstd::encode_all(blanks.as_slice(), 1).unwrap();
    let request = world.request(Method::POST, EVENTS).bearer_auth(&operator);
    let request = request.header("content-encoding", "zstd").body(bomb);
    assert_eq!(world.send(request).await.refusal().0, 413);
    let many = format!("[{}]", ["{}"; 10_001].join(","));
    assert_eq!(
        post(many.into_bytes(), "application/json")
            .await
            .refusal()
            .0,
        413
    );
    let typed = post(b"[]".to_vec(), "text/plain").await;
    assert_eq!(typed.refusal(), (415, "unsupported.media.type".to_owned()));
    let broken = post(b"[{".to_vec(), "application/json").await;
    assert_eq!(broken.refusal(), (400, "bad.request".to_owned()));
    let request = world.request(Method::POST, EVENTS).bearer_auth(&operator);
    let request = request.header("content-encoding", "br").body("x");
    assert_eq!(world.send(request).await.refusal().0, 415);
    let request = world.request(Method::POST, EVENTS).bearer_auth(&operator);
    let request = request.header("content-encoding", "gzip").body("not gzip");
    assert_eq!(world.send(request).await.refusal().0, 400);
    let path = format!("{CATALOG}/meters/x");
    let request = world.request(Method::PUT, &path).bearer_auth(&operator);
    let large = request
        .header("content-type", "application/json")
        .body(vec![b' '; 300_000]);
    assert_eq!(world.send(large).await.refusal().0, 413);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::start().await;
    let [_, acme, _] = world.populate().await;
    let answer = world.get(&acme, &format!("{CATALOG}/meters")).await;
    assert_eq!(
        answer.refusal(),
        (403, "missing.any.permissions".to_owned())
    );
    assert_eq!(
        answer.json()["messageParams"],
        json!({"permissions": "[billing:catalog:view, billing:catalog:edit]"})
    );
}

#[tokio::test]
async fn the_document_is_openapi_3_1() {
    let world = World::start().await;
    let document = world
        .send(world.request(Method::GET, "/openapi.json"))
        .await
        .json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"][EVENTS]["post"].is_object());
    let metrics = world.send(world.request(Method::GET, "/metrics")).await;
    assert!(
        metrics.text.contains("exchequer_http_requests_total"),
        "{}",
        metrics.text
    );
}

/// PostgreSQL cannot keep it, nor be asked for it.
#[tokio::test]
async fn a_name_with_a_nul_is_refused_and_found_nowhere() {
    let world = World::start().await;
    let operator = world.operator().await;
    let path = format!("{CATALOG}/organizations/44444444-4444-4444-8444-444444444444");
    let put = world
        .put(&operator, &path, &json!({"name": "a\u{0}b"}))
        .await;
    assert_eq!(put.refusal(), (400, "constraint.validation".to_owned()));
    let found = world.get(&operator, &path).await;
    assert_eq!(found.status, 404);
    let meter = format!("{CATALOG}/meters/a%00b");
    assert_eq!(world.get(&operator, &meter).await.status, 404);
}
