//! Nobody sees another's things: every route of the table, called by everybody
//! who must not see what is there.
//!
//! The hidden things are real: the foreign organisation has usage, a contract, a
//! partner and a client, so that "not found" means hidden and not empty. A
//! route for which [`calls`] has no expectation fails these tests.

mod calls;
mod names;
mod town;

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use exchequer_server::routes::{Access, Route};
use reqwest::RequestBuilder;
use serde_json::json;

use calls::{Call, call};
use exchequer_support::Answer;
use exchequer_support::world::{ACME, GLOBEX, PLATFORM, login};
use names::{ABSENT, HOOLI, LEFT, OFF, describe};
use town::Town;

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(exchequer_server::route_table);

/// All routes, each with its call and the answer that is expected.
fn calls() -> impl Iterator<Item = (&'static Route, Call)> {
    ROUTES.iter().map(|route| {
        let expected = call(route.method, &route.path);
        let missing = || panic!("no expectation for {} {}", route.method, route.path);
        (route, expected.unwrap_or_else(missing))
    })
}

fn protected() -> impl Iterator<Item = (&'static Route, Call)> {
    calls().filter(|(route, _)| route.access != Access::Public)
}

#[track_caller]
fn refused(route: &Route, answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        answer.refusal(),
        (status, code.to_owned()),
        "{}",
        describe(route, answer)
    );
}

/// The part of an answer that could give something away: everything but the
/// request that it answers and the ids that the caller named itself.
fn shape(answer: &Answer, named: &[&str]) -> (u16, BTreeSet<(String, String)>, String) {
    let correlation = answer.header("ININ-Correlation-Id");
    let plain = |text: &str| {
        let text = text.replace(correlation, "CORRELATION");
        named
            .iter()
            .fold(text, |text, id| text.replace(id, "NAMED"))
    };
    let telling = answer.headers.iter().filter(|(name, _)| {
        // The counts and times of the caller's calls.
        !name.as_str().starts_with("inin-ratelimit") && *name != "date"
    });
    let headers = telling.map(|(name, value)| (name.to_string(), plain(value.to_str().unwrap())));
    // The length of a body follows from the body.
    let headers = headers.filter(|(name, _)| name != "content-length");
    (
        answer.status.as_u16(),
        headers.collect(),
        plain(&answer.text),
    )
}

#[tokio::test]
async fn every_expectation_has_its_route() {
    assert_eq!(calls().count(), ROUTES.len());
    // A route that nobody thought of has no expectation.
    assert!(call("GET", "/api/v2/billing/secrets").is_none());
    assert!(call("GET", "/api/v2/billing/catalog/secrets/{id}").is_none());
}

#[tokio::test]
async fn without_a_good_token_only_public_routes_answer() {
    let town = Town::build().await;
    let (required, bad) = ("authentication.required", "bad.credentials");
    let revoked = town.token("hooli").await;
    assert_eq!(
        town.world
            .delete(&revoked, "/api/v2/tokens/me")
            .await
            .status,
        200
    );
    let expired = town.token("hooli").await;
    town.world.clock.advance(Duration::from_secs(86_400));
    let fresh = town.token("hooli").await;
    let swapped = {
        // A token of one client with the id of another: the secret part is not its own.
        let (_, tail) = town::halves(&fresh);
        let other = town.token("acme").await;
        format!("{}{tail}", town::halves(&other).0)
    };
    let cut = &fresh[..fresh.len() - 1];
    for (route, call) in protected() {
        for (header, code) in [
            (None, required),
            (Some("Bearer".to_owned()), required),
            (Some("Basic YTpi".to_owned()), required),
            (Some(fresh.clone()), required),
            (Some("Bearer ".to_owned() + "x"), bad),
            (Some(format!("Bearer {cut}")), bad),
            (Some(format!("Bearer {fresh}0")), bad),
            (Some(format!("Bearer {swapped}")), bad),
            (Some(format!("Bearer {expired}")), bad),
            (Some(format!("Bearer {revoked}")), bad),
        ] {
            let request = town.request(route, &call, &call.path);
            let request = match &header {
                Some(header) => request.header("authorization", header),
                None => request,
            };
            let answer = town.world.send(request).await;
            let told = (answer.refusal(), header);
            assert_eq!(
                told.0,
                (401, code.to_owned()),
                "{} by {:?}",
                describe(route, &answer),
                told.1
            );
        }
    }
    for (route, call) in calls().filter(|(route, _)| route.access == Access::Public) {
        for request in [
            town.request(route, &call, &call.path),
            town.request(route, &call, &call.path).bearer_auth("x"),
        ] {
            let answer = town.world.send(request).await;
            assert_eq!(
                answer.status.as_u16(),
                call.operator,
                "{}",
                describe(route, &answer)
            );
            town.hides_everything(route, &answer);
        }
    }
}

#[tokio::test]
async fn without_its_permission_no_route_answers() {
    let town = Town::build().await;
    let all: BTreeSet<&str> = ROUTES
        .iter()
        .flat_map(|route| route.permissions)
        .copied()
        .collect();
    let sets: BTreeSet<&[&str]> = ROUTES.iter().map(|route| route.permissions).collect();
    for set in sets.into_iter().filter(|set| !set.is_empty()) {
        // Everything but what is asked for: of the operator's, too.
        let rest: Vec<&str> = all
            .iter()
            .copied()
            .filter(|one| !set.contains(one))
            .collect();
        for home in [ACME, PLATFORM] {
            let weaker = town.client(home, &rest).await;
            for (route, call) in calls().filter(|(route, _)| route.permissions == set) {
                for path in [&call.path, &call.absent] {
                    let request = town.request(route, &call, path).bearer_auth(&weaker);
                    let answer = town.world.send(request).await;
                    refused(route, &answer, 403, "missing.any.permissions");
                    town.hides_everything(route, &answer);
                }
            }
        }
        // Each of them is enough: what is refused now is something else.
        for one in set {
            let enough = town.client(PLATFORM, &[one]).await;
            for (route, call) in calls().filter(|(route, _)| route.permissions == set) {
                let request = town
                    .request(route, &call, &call.absent)
                    .bearer_auth(&enough);
                let answer = town.world.send(request).await;
                assert!(
                    !matches!(answer.status.as_u16(), 401 | 403),
                    "{}",
                    describe(route, &answer)
                );
            }
        }
    }
}

/// With every permission that there is: what lies behind is hidden all the same.
#[tokio::test]
async fn foreign_things_are_like_absent_ones() {
    let town = Town::build().await;
    for (route, call) in protected() {
        for who in ["acme", "globex"] {
            // One of the routes ends the token that it is called with.
            let send = async |path: &str| {
                let token = town.token(who).await;
                let request = town.request(route, &call, path).bearer_auth(token);
                town.world.send(request).await
            };
            let foreign = send(&call.path).await;
            let absent = send(&call.absent).await;
            let mut named = call.names.to_vec();
            named.push(ABSENT);
            assert_eq!(
                shape(&foreign, &named),
                shape(&absent, &named),
                "{}",
                describe(route, &foreign)
            );
            town.hides_hooli(route, &foreign);
            match route.access {
                Access::Operator => refused(route, &foreign, 403, "not.authorized"),
                Access::Trustor => refused(route, &foreign, 404, "not.found"),
                Access::Own | Access::Public => {
                    let told = foreign.status.as_u16();
                    let expected = if who == "acme" {
                        call.with_contract
                    } else {
                        call.without_contract
                    };
                    assert_eq!(told, expected, "{}", describe(route, &foreign));
                }
            }
        }
    }
    // Nothing of it has changed anything.
    town.is_whole().await;
}

/// A customer that trusts no more, one whose trust is off, and one that trusts
/// another partner.
#[tokio::test]
async fn without_a_trust_in_force_there_is_no_customer() {
    let town = Town::build().await;
    let globex = town.token("globex").await;
    let trusts = protected().filter(|(route, _)| route.access == Access::Trustor);
    for (route, call) in trusts {
        let send = async |id: &str| {
            let path = call.path.replace(call.names[0], id);
            let request = town.request(route, &call, &path).bearer_auth(&globex);
            town.world.send(request).await
        };
        let absent = shape(&send(ABSENT).await, &[ABSENT]);
        for id in [HOOLI, LEFT, GLOBEX, PLATFORM, "x"] {
            let answer = send(id).await;
            refused(route, &answer, 404, "not.found");
            // "x" stands in every other word.
            let named: &[&str] = if id == "x" { &[] } else { &[id] };
            assert_eq!(shape(&answer, named), absent, "{id}");
        }
        // The trust itself is shown with its state, what it gives is not.
        let off = send(OFF).await;
        if route.path.contains("/trustors/") {
            assert_eq!(
                (off.status.as_u16(), &off.json()["enabled"]),
                (200, &false.into())
            );
        } else {
            refused(route, &off, 404, "not.found");
        }
        if !route.path.contains("/trustees/") {
            assert_eq!(send(ACME).await.status, 200, "{}", route.path);
        }
    }
}

/// An event may name its organisation: a foreign one is like none at all.
#[tokio::test]
async fn nobody_sends_usage_for_another() {
    let town = Town::build().await;
    let acme = town.token("acme").await;
    let send = async |organization: &str| {
        let mut event = login("e-7", "ada@acme.example", "2026-11-03T00:00:00Z");
        event["organization"] = organization.into();
        town.world.ingest(&acme, &json!([event])).await
    };
    let (foreign, absent) = (send(HOOLI).await, send(ABSENT).await);
    assert_eq!(
        foreign.json()["rejected"].as_array().unwrap().len(),
        1,
        "{}",
        foreign.text
    );
    let named = [HOOLI, ABSENT];
    assert_eq!(shape(&foreign, &named), shape(&absent, &named));
    assert_eq!(send(ACME).await.json()["accepted"], 1);
}

#[tokio::test]
async fn the_operator_reaches_everything() {
    let town = Town::build().await;
    for (route, call) in protected() {
        let operator = town.world.operator().await;
        let send = |request: RequestBuilder| town.world.send(request.bearer_auth(&operator));
        let answer = send(town.request(route, &call, &call.path)).await;
        assert_eq!(
            answer.status.as_u16(),
            call.operator,
            "{}",
            describe(route, &answer)
        );
        if let Some(shown) = call.shows {
            assert!(answer.text.contains(shown), "{}", describe(route, &answer));
        }
    }
}
