//! Worlds of closed periods: what contracts are charged, step by step, worked out by hand in
//! `tests/it/closings/*.toml`, and what a server makes of them.

mod compare;
mod dry_runs;
mod file;
mod random;
mod tampered;
pub(crate) mod verified;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchequer_core::Instant;
use exchequer_support::world::CATALOG;
use exchequer_support::{Answer, Clock, Place, World};
use exchequer_types::dates;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::file::{Asked, Change, Correction, Step, Story};

const CLOSINGS: &str = "/api/v2/billing/closings";
const CONTRACTS: &str = "/api/v2/billing/contracts";

/// Servers at a time: each has a ledger of its own.
const AT_ONCE: usize = 4;

/// Fewer than these, and some were lost on the way.
const FEWEST: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_periods_come_out_as_worked_out_by_hand() {
    let paths = paths();
    assert!(paths.len() >= FEWEST, "only {} worlds", paths.len());
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let running = paths.into_iter().map(|path| {
        let turns = Arc::clone(&turns);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let task = tokio::spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            check(&path).await
        });
        (name, task)
    });
    let mut failures = Vec::new();
    for (name, task) in running.collect::<Vec<_>>() {
        match task.await {
            Ok(problems) if problems.is_empty() => {}
            Ok(problems) => failures.push(format!("{name}\n  {}", problems.join("\n  "))),
            Err(panic) => failures.push(format!("{name}\n  {panic}")),
        }
    }
    let (count, list) = (failures.len(), failures.join("\n"));
    assert!(failures.is_empty(), "{count} worlds differ\n{list}");
}

fn paths() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("closings");
    let entries = directory.read_dir().unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .collect();
    paths.sort();
    paths
}

/// Everything in which a server and one world differ.
async fn check(path: &Path) -> Vec<String> {
    let (story, world, clock) = started(path, Place::new()).await;
    let mut problems = ended(&story, &world, &clock).await;
    let (findings, checked) = verified::verified(&world).await;
    problems.extend(findings);
    if checked.entries == 0 || !checked.not_rated.is_empty() {
        problems.push(format!("not verified: {checked:?}"));
    }
    problems
}

/// A server with what a world begins with.
async fn started(path: &Path, place: Place) -> (Story, World, Clock) {
    let story = Story::read(path);
    let clock = Clock::at(instant(&story.steps[0].now));
    let world = World::on(place, |config| {
        config.ambient = clock.ambient();
        config.closing_interval = None;
    })
    .await;
    let operator = world.operator().await;
    put(
        &world,
        &operator,
        "closing",
        &json!({"billingFrom": "2000-01-01"}),
    )
    .await;
    for (path, body) in &story.puts {
        put(&world, &operator, path, body).await;
    }
    (story, world, clock)
}

/// Takes all steps of a world, and returns in what they differ.
async fn ended(story: &Story, world: &World, clock: &Clock) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, step) in story.steps.iter().enumerate() {
        clock.set(instant(&step.now));
        let operator = world.operator().await;
        let found = take(world, &operator, step).await;
        let found = found
            .into_iter()
            .map(|it| format!("step {}: {it}", number + 1));
        problems.extend(found);
    }
    problems
}

fn instant(text: &str) -> Instant {
    Instant::from_micros(dates::parse(text).unwrap())
}

async fn put(world: &World, token: &str, path: &str, body: &Value) {
    let answer = world.put(token, &format!("{CATALOG}/{path}"), body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
}

/// Takes a step, and returns in what its entries differ from those that are expected.
async fn take(world: &World, token: &str, step: &Step) -> Vec<String> {
    if !step.events.is_empty() {
        let answer = world.ingest(token, &Value::from(step.events.clone())).await;
        let accepted = answer.json()["accepted"].as_u64();
        assert_eq!(accepted, Some(step.events.len() as u64), "{}", answer.text);
    }
    let mut entries = Vec::new();
    for change in &step.changes {
        let Change { path, body } = change;
        let mut body = body.clone();
        if path.starts_with("products/") {
            body["reason"] = "as it is sold".into();
        }
        let answer = world.put(token, &format!("{CATALOG}/{path}"), &body).await;
        match (&step.refused, &step.correction) {
            (Some(field), None) => assert_refused(&answer, field),
            _ => assert!(answer.status.is_success(), "{path}: {}", answer.text),
        }
    }
    if let Some(correction) = &step.correction {
        entries.extend(correct(world, token, correction, step.refused.as_deref()).await);
    }
    for asked in &step.asked {
        let body = match asked {
            Asked::Close(contract) => json!({"contract": contract}),
            // No period is over by then, so nothing is closed.
            Asked::Adjust(contract) => json!({"contract": contract, "through": "2000-01-01"}),
        };
        let request = world.request(Method::POST, CLOSINGS).bearer_auth(token);
        let answer = world.send(request.json(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        entries.extend(answer["entries"].as_array().cloned().unwrap_or_default());
    }
    compare::entries(&step.rows, &entries)
}

fn assert_refused(answer: &Answer, field: &str) {
    let text = &answer.text;
    assert!(answer.status.is_client_error(), "not refused: {text}");
    assert!(text.contains(field), "{field} is not named: {text}");
}

/// Corrects closed periods, as a dry run has shown, and returns the entries.
async fn correct(
    world: &World,
    token: &str,
    correction: &Correction,
    refused: Option<&str>,
) -> Vec<Value> {
    let mut body = json!({
        "reason": correction.reason, "again": correction.again, "dryRun": true,
    });
    for (name, value) in [
        ("contract", &correction.document),
        ("from", &correction.from),
    ] {
        if let Some(value) = value {
            body[name] = value.clone();
        }
    }
    let path = format!("{CONTRACTS}/{}/corrections", correction.contract);
    let post = async |body: &Value| {
        let request = world.request(Method::POST, &path).bearer_auth(token);
        world.send(request.json(body)).await
    };
    let dry_run = post(&body).await;
    if let Some(field) = refused {
        assert_refused(&dry_run, field);
        body["dryRun"] = false.into();
        assert_refused(&post(&body).await, field);
        return Vec::new();
    }
    assert_eq!(dry_run.status, 200, "{}", dry_run.text);
    let dry_run = dry_run.json();
    body["token"] = dry_run["token"].clone();
    body["dryRun"] = false.into();
    let done = post(&body).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let entries = done.json()["entries"].as_array().unwrap().clone();
    let shown: Vec<Value> = entries.iter().map(as_shown).collect();
    assert_eq!(dry_run["entries"], Value::from(shown));
    // What was shown is stored once.
    let again = post(&body).await;
    assert_eq!(again.status, 409, "{}", again.text);
    entries
}

/// An entry as the dry run shows it before it is there.
fn as_shown(entry: &Value) -> Value {
    let mut entry = entry.clone();
    entry.as_object_mut().unwrap().remove("entry");
    entry
}
