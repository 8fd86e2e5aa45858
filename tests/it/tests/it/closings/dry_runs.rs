//! What a dry run of a correction has shown is what is stored, or nothing.

use std::path::Path;

use exchequer_support::Place;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CONTRACTS, instant, started, take};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dry_run_shows_is_stored_or_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("closings/016-price-corrected-over-three-periods.toml");
    let (story, world, clock) = started(&path, Place::new()).await;
    for step in &story.steps[..2] {
        clock.set(instant(&step.now));
        assert!(take(&world, &world.operator().await, step).await.is_empty());
    }
    let token = world.operator().await;
    let post = async |body: &Value| {
        let path = format!("{CONTRACTS}/C-16/corrections");
        let request = world.request(Method::POST, &path).bearer_auth(&token);
        world.send(request.json(body)).await
    };
    let correction = story.steps[2].correction.as_ref().unwrap();
    let terms = correction.document.as_ref().unwrap();
    let asked = |terms: &Value, dry_run: bool| json!({"contract": terms, "reason": "typo in the price", "dryRun": dry_run});
    let dry_run = post(&asked(terms, true)).await;
    assert_eq!(dry_run.status, 200, "{}", dry_run.text);

    // Another price, another reason, something else: none of it was shown.
    let mut dearer = asked(terms, false);
    dearer["contract"]["lines"][0]["overagePrice"] = "0.06".into();
    let mut other = asked(terms, false);
    other["reason"] = "another".into();
    let again = json!({"again": ["meters"], "reason": "typo in the price"});
    for mut body in [dearer, other, again] {
        body["token"] = dry_run.json()["token"].clone();
        let refused = post(&body).await;
        assert_eq!(refused.status, 409, "{body}: {}", refused.text);
    }
    // What cannot be stored is not shown.
    let changes = [
        ("start", "2025-12-01"),
        ("timeZone", "Europe/Berlin"),
        ("currency", "USD"),
    ];
    for (field, value) in changes {
        let mut terms = terms.clone();
        terms[field] = value.into();
        for dry_run in [true, false] {
            let refused = post(&asked(&terms, dry_run)).await;
            assert_eq!(refused.status, 409, "{field}: {}", refused.text);
            assert!(refused.text.contains("keeps its"), "{}", refused.text);
        }
    }
    let mut body = asked(terms, false);
    body["token"] = dry_run.json()["token"].clone();
    let stored = post(&body).await;
    assert_eq!(stored.status, 200, "{}", stored.text);
    let same = post(&asked(terms, true)).await;
    assert_eq!(same.status, 409, "{}", same.text);
    assert!(same.text.contains("says this already"), "{}", same.text);
}
