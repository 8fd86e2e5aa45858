//! Two servers on one ledger in PostgreSQL: what one of them does the other
//! one knows at once.

use std::time::Duration;

use exchequer_server::Config;
use exchequer_support::{Database, Place};
use reqwest::Method;
use serde_json::{Value, json};

use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, EVENTS, REPORT, login};

/// A login at the customer.
fn event(id: &str) -> Value {
    let mut event = login(id, "ada", "2026-11-02T08:00:00Z");
    event["organization"] = ACME.into();
    event
}

async fn two(change: impl FnOnce(&mut Config)) -> Option<[World; 2]> {
    let place = Place::Database(Database::new()?);
    let one = World::on(place, change).await;
    let other = one.beside().await;
    Some([one, other])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_of_one_is_that_of_the_other() {
    let Some([one, other]) = two(|_| {}).await else {
        return;
    };
    let operator = one.operator().await;
    let event = event("1");
    let unknown = other.ingest(&operator, &json!([event])).await.json();
    assert_eq!(unknown["rejected"][0]["code"], "not.found", "{unknown}");
    one.populate().await;
    let known = other.ingest(&operator, &json!([event])).await.json();
    assert_eq!(
        (&known["accepted"], &known["unmetered"]),
        (&1.into(), &0.into())
    );
    let again = one.ingest(&operator, &json!([event])).await.json();
    assert_eq!(again["duplicates"], 1);
    // One that has usage stays, whoever is asked and whoever took it in.
    let acme = format!("{CATALOG}/organizations/{ACME}");
    assert_eq!(one.delete(&operator, &acme).await.status, 409);

    let id = "44444444-4444-4444-8444-444444444444";
    let path = format!("{CATALOG}/organizations/{id}");
    let put = one
        .put(&operator, &path, &json!({"name": "Short-lived"}))
        .await;
    assert_eq!(put.status, 201);
    let mut theirs = event.clone();
    theirs["organization"] = id.into();
    let dry = format!("{EVENTS}?dryRun=true");
    let request = other.request(Method::POST, &dry).bearer_auth(&operator);
    let answer = other.send(request.json(&json!([theirs]))).await.json();
    assert_eq!(answer["accepted"], 1, "{answer}");
    assert_eq!(one.delete(&operator, &path).await.status, 204);
    let gone = other.ingest(&operator, &json!([theirs])).await.json();
    assert_eq!(gone["rejected"][0]["code"], "not.found", "{gone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_and_requests_count_everywhere() {
    let Some([one, other]) = two(|config| config.rate_limit = 5).await else {
        return;
    };
    let operator = one.operator().await;
    let me = "/api/v2/tokens/me";
    for server in [&one, &other, &one, &other, &one] {
        assert_eq!(server.get(&operator, me).await.status, 200);
    }
    for server in [&other, &one] {
        let limited = server.get(&operator, me).await;
        assert_eq!(limited.status, 429);
        assert_eq!(limited.header("Retry-After"), "60");
    }
    one.clock.advance(Duration::from_secs(60));
    assert_eq!(other.get(&operator, me).await.status, 200);
    assert!(one.delete(&operator, me).await.status.is_success());
    for server in [&other, &one] {
        assert_eq!(server.get(&operator, me).await.status, 401);
    }
}

/// Where every report is made in the background, the result is fetched once,
/// and holds whatever either of them has acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_asked_of_one_and_fetched_from_the_other() {
    let Some([one, other]) = two(|config| config.report_wait = Duration::ZERO).await else {
        return;
    };
    let operator = one.operator().await;
    one.populate().await;
    for (number, server) in [&one, &other].into_iter().enumerate() {
        let events = json!([event(&number.to_string())]);
        let taken = server.ingest(&operator, &events).await.json();
        assert_eq!(taken["accepted"], 1, "{taken}");
    }
    let path = format!("{REPORT}?startDate=2026-11-01&endDate=2026-12-01&organizationId={ACME}");
    let begun = one.get(&operator, &path).await.json();
    assert_eq!(begun["status"], "InProgress");
    let fetched = async {
        loop {
            let report = other.get(&operator, &path).await.json();
            if report["status"] == "Complete" {
                return report;
            }
            tokio::task::yield_now().await;
        }
    };
    let report = tokio::time::timeout(Duration::from_secs(20), fetched).await;
    let report = report.expect("it is made");
    assert_eq!(
        report["usages"][0]["resources"][0]["name"], "ada",
        "{report}"
    );
}
