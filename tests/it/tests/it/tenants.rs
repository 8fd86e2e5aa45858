//! Nobody sees another's things: walked from the table of routes.

use exchequer_server::routes::{ROUTES, Route, Tenant};
use reqwest::Method;
use serde_json::json;

use crate::support::{ACME, ACME_CLIENT, CATALOG, GLOBEX, SECRET, World, login};

fn path(route: &Route) -> String {
    let path = route.path.replace("{id}", ACME);
    let path = path.replace("{trustorOrgId}", GLOBEX);
    let path = path.replace("{trusteeOrgId}", GLOBEX);
    format!("{path}?startDate=2026-10-01&endDate=2026-11-01&organizationId={GLOBEX}")
}

fn method(route: &Route) -> Method {
    route.method.parse().unwrap()
}

#[tokio::test]
async fn without_a_token_only_public_routes_answer() {
    let world = World::start().await;
    for route in ROUTES.iter().filter(|route| route.tenant != Tenant::Public) {
        let answer = world.send(world.request(method(route), &path(route))).await;
        let expected = (401, "authentication.required".to_owned());
        assert_eq!(
            answer.refusal(),
            expected,
            "{} {}",
            route.method,
            route.path
        );
    }
}

#[tokio::test]
async fn without_its_permission_no_route_answers() {
    let world = World::start().await;
    let [operator, ..] = world.populate().await;
    let body = json!({"organization": ACME, "name": "powerless", "secret": SECRET});
    world
        .put(
            &operator,
            &format!("{CATALOG}/clients/{ACME_CLIENT}"),
            &body,
        )
        .await;
    let powerless = world.token(ACME_CLIENT, SECRET).await;
    for route in ROUTES.iter().filter(|route| !route.permissions.is_empty()) {
        let request = world
            .request(method(route), &path(route))
            .bearer_auth(&powerless);
        let answer = world.send(request.json(&json!({}))).await;
        let expected = (403, "missing.any.permissions".to_owned());
        assert_eq!(
            answer.refusal(),
            expected,
            "{} {}",
            route.method,
            route.path
        );
    }
}

#[tokio::test]
async fn a_customer_with_every_permission_sees_only_itself() {
    let world = World::start().await;
    let [operator, _, globex] = world.populate().await;
    let body = json!({
        "organization": ACME, "name": "mighty", "secret": SECRET, "permissions": ["*"],
    });
    world
        .put(
            &operator,
            &format!("{CATALOG}/clients/{ACME_CLIENT}"),
            &body,
        )
        .await;
    let hidden = json!([login(
        "e-1",
        "hidden@globex.example",
        "2026-10-01T00:00:00Z"
    )]);
    assert_eq!(world.ingest(&globex, &hidden).await.json()["accepted"], 1);
    for route in ROUTES.iter().filter(|route| route.tenant != Tenant::Public) {
        // One of the routes ends the token that it is called with.
        let mighty = world.token(ACME_CLIENT, SECRET).await;
        let request = world
            .request(method(route), &path(route))
            .bearer_auth(&mighty);
        let answer = world.send(request.json(&json!([]))).await;
        let what = format!("{} {}: {}", route.method, route.path, answer.text);
        match route.tenant {
            Tenant::Operator => assert_eq!(answer.refusal().0, 403, "{what}"),
            Tenant::Trust => assert_eq!(answer.refusal().0, 404, "{what}"),
            // Who has no contract has no overview either.
            _ if route.path.ends_with("/subscriptionoverview") => {
                assert_eq!(answer.refusal().0, 404, "{what}");
            }
            _ => assert!(answer.status.is_success(), "{what}"),
        }
        for secret in ["hidden@globex", GLOBEX, "Globex"] {
            assert!(!answer.text.contains(secret), "{what}");
        }
    }
    assert_eq!(
        world
            .report(&globex, "2026-10-01", "2026-11-01")
            .await
            .status,
        200
    );
}
