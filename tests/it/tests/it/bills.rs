//! Worked bills: what a contract and some usage come to, worked out by hand in
//! `tests/it/bills/*.toml`, and what a server makes of them.

mod compare;
pub(crate) mod file;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exchequer_app::Ambient;
use exchequer_core::Instant;
use exchequer_types::dates;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use self::file::Bill;
use exchequer_support::World;
use exchequer_support::world::{ACME, CATALOG, REPORT};

const OVERVIEW: &str = "/api/v2/billing/subscriptionoverview";
/// Servers at a time: each has a ledger of its own.
const AT_ONCE: usize = 4;
/// Fewer than these, and some were lost on the way.
const FEWEST: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bills_come_out_as_worked_out_by_hand() {
    let bills = paths();
    assert!(bills.len() >= FEWEST, "only {} bills", bills.len());
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let running: Vec<_> = bills
        .into_iter()
        .map(|path| {
            let turns = Arc::clone(&turns);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let task = tokio::spawn(async move {
                let _turn = turns.acquire().await.unwrap();
                check(&path).await
            });
            (name, task)
        })
        .collect();
    let mut failures = Vec::new();
    for (name, task) in running {
        match task.await {
            Ok(problems) if problems.is_empty() => {}
            Ok(problems) => failures.push(format!("{name}\n  {}", problems.join("\n  "))),
            Err(panic) => failures.push(format!("{name}\n  {panic}")),
        }
    }
    let (count, list) = (failures.len(), failures.join("\n"));
    assert!(failures.is_empty(), "{count} bills differ\n{list}");
}

/// The bills, whose names begin with a number; the others are parts of them.
fn paths() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("bills");
    let mut paths: Vec<_> = directory
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(|first: char| first.is_ascii_digit()) && name.ends_with(".toml")
        })
        .collect();
    paths.sort();
    paths
}

/// Everything in which a server and one bill differ.
async fn check(path: &Path) -> Vec<String> {
    let bill = Bill::read(path);
    let now = Instant::from_micros(dates::parse(&bill.now).unwrap());
    let world = World::with(|config| {
        config.ambient = Ambient::with_clock(move || now);
        config.report_wait = Duration::from_secs(60);
    })
    .await;
    let operator = world.operator().await;
    apply(&world, &operator, &bill).await;
    ingest(&world, &operator, &bill).await;
    let index = bill.index.to_string();
    let overview = get(
        &world,
        &operator,
        OVERVIEW,
        &[("billingPeriodIndex", &index), ("expand", "charges")],
    )
    .await;
    let report = get(
        &world,
        &operator,
        REPORT,
        &[
            ("startDate", text(&overview, "billingPeriodStartDate")),
            ("endDate", text(&overview, "billingPeriodEndDate")),
        ],
    )
    .await;
    let mut problems = compare::overview(&bill.expected, &overview);
    problems.extend(compare::sum(&overview["charges"]));
    problems.extend(compare::notes(&overview));
    problems.extend(compare::report(&overview, &report, &bill.meters));
    problems
}

/// Brings the catalog to what the bill says.
async fn apply(world: &World, token: &str, bill: &Bill) {
    for (path, body) in &bill.puts {
        let answer = world.put(token, &format!("{CATALOG}/{path}"), body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }
}

/// Sends the usage, all of which must be new and counted by some meter.
async fn ingest(world: &World, token: &str, bill: &Bill) {
    let events = bill.events.as_array().unwrap();
    if events.is_empty() {
        return;
    }
    let answer = world.ingest(token, &bill.events).await;
    let expected = json!({"accepted": events.len(), "duplicates": 0, "unmetered": 0, "skipped": 0,
        "unmatched": 0, "conflicts": [], "rejected": []});
    assert_eq!(answer.json(), expected);
}

/// The answer of an endpoint to the operator for the customer.
async fn get(world: &World, token: &str, path: &str, query: &[(&str, &str)]) -> Value {
    let request = world.request(Method::GET, path).bearer_auth(token);
    let request = request.query(&[("organizationId", ACME)]).query(query);
    let answer = world.send(request).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body[field]
        .as_str()
        .unwrap_or_else(|| panic!("no {field}: {body}"))
}
