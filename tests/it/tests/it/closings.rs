//! Worlds of closed periods: what contracts are charged, step by step, worked out by hand in
//! `tests/it/closings/*.toml`, and what a server makes of them.

mod compare;
mod file;
mod random;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use exchequer_core::Instant;
use exchequer_support::world::CATALOG;
use exchequer_support::{Clock, World};
use exchequer_types::dates;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::file::{Asked, Change, Step, Story};

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
    let story = Story::read(path);
    let clock = Clock::at(instant(&story.steps[0].now));
    let world = World::with(|config| {
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
    let mut problems = Vec::new();
    for (number, step) in story.steps.iter().enumerate() {
        clock.set(instant(&step.now));
        let operator = world.operator().await;
        let found = take(&world, &operator, step).await;
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
        let answer = match (&step.reason, path.strip_prefix("contracts/")) {
            (Some(reason), Some(contract)) => {
                let path = format!("{CONTRACTS}/{contract}/corrections");
                let request = world.request(Method::POST, &path).bearer_auth(token);
                let body = json!({"contract": body, "reason": reason});
                world.send(request.json(&body)).await
            }
            _ => world.put(token, &format!("{CATALOG}/{path}"), body).await,
        };
        if let Some(field) = &step.refused {
            assert!(
                answer.status.is_client_error(),
                "not refused: {}",
                answer.text
            );
            assert!(
                answer.text.contains(field),
                "{field} is not named: {}",
                answer.text
            );
            continue;
        }
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        if step.reason.is_some() {
            entries.extend(answer.json()["entries"].as_array().unwrap().iter().cloned());
        }
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
