//! Small writes of two nodes on one database of PostgreSQL.
//!
//! Each node has customers of its own. Each customer logs in, reads its usage
//! of a month, and has its trust and its contract changed, again and again over
//! a connection of its own. No two connections concern the same customer, so
//! nothing but the program makes them wait for one another.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use exchequer_core::{Day, Instant, OrganizationId};
use exchequer_support::Connection;
use exchequer_support::customers::{
    SECRET, contract, contract_path, organization, prepare, sign, trust_path,
};
use serde_json::{Value, json};

use crate::bodies;
use crate::input::Event;
use crate::served::{Ground, Node, Served};
use crate::task::{Figures, note};
use exchequer_support::measure::{Stopwatch, percentile};

const NODES: u32 = 2;
/// Customers of a node, each with a connection.
const CUSTOMERS: u32 = 16;
/// Events in a customer's month.
const EVENTS: usize = 100;
/// 2025-10-01T00:00:00Z.
const MONTH: i64 = 1_759_276_800_000_000;
/// Seconds of the same load before anything counts.
const WARM_UP: f64 = 1.0;

/// Milliseconds of each kind of operation.
type Times = BTreeMap<&'static str, Vec<f64>>;

/// Measures the operations of two nodes for so many seconds.
pub(crate) async fn run(ground: &Ground<'_>, seconds: f64) -> Result<Figures> {
    let served = ground.ledger()?;
    served.populate(NODES * CUSTOMERS).await?;
    let nodes: Vec<Node> = (0..NODES).map(|_| served.start()).collect();
    fill(&served, &nodes).await?;
    let clock = Stopwatch::start();
    let mut workers = Vec::new();
    for number in 0..NODES * CUSTOMERS {
        let node = &nodes[(number % NODES) as usize];
        let customer = organization(number);
        let worker = Worker {
            operator: served.operator(node).await?,
            client: served.client(node, &customer.to_string()).await?,
            customer,
        };
        workers.push(worker);
    }
    let start = clock.seconds() + WARM_UP;
    let end = start + seconds;
    let workers = workers
        .into_iter()
        .map(|worker| tokio::spawn(worker.work(clock, start, end)));
    let mut all = Times::new();
    for worker in workers.collect::<Vec<_>>() {
        for (kind, times) in worker.await?? {
            all.entry(kind).or_default().extend(times);
        }
    }
    nodes.into_iter().for_each(Node::end);
    Ok(figures(all, seconds))
}

fn figures(all: Times, seconds: f64) -> Figures {
    let mut figures = Figures::new();
    let operations: usize = all.values().map(Vec::len).sum();
    let rate = Some(operations as f64 / seconds);
    note(&mut figures, "small_writes.all.rate", rate);
    for (kind, mut times) in all {
        let name = format!("small_writes.{kind}");
        let rate = Some(times.len() as f64 / seconds);
        note(&mut figures, &format!("{name}.rate"), rate);
        for (which, share) in [("p50", 0.5), ("p99", 0.99)] {
            let time = percentile(&mut times, share);
            note(&mut figures, &format!("{name}.{which}"), time);
        }
    }
    figures
}

/// Makes every organisation a customer with some usage.
async fn fill(served: &Served, nodes: &[Node]) -> Result<()> {
    let operator = served.operator(&nodes[0]).await?;
    prepare(&operator).await?;
    for number in 0..NODES * CUSTOMERS {
        let customer = organization(number);
        sign(&operator, customer).await?;
        let answer = operator.send(usage(customer)?.into_bytes()).await?;
        let accepted = answer.and_then(|answer| answer["accepted"].as_u64());
        ensure!(accepted == Some(EVENTS as u64), "usage was not taken");
    }
    Ok(())
}

/// A login every hour.
fn usage(customer: OrganizationId) -> Result<String> {
    let mut body = String::new();
    for number in 0..EVENTS {
        body.push(if number == 0 { '[' } else { ',' });
        let event = Event {
            organization: 0,
            kind: 3,
            source: 6,
            micros: MONTH + number as i64 * 3_600_000_000,
            id: &format!("login-{number}"),
            subject: &format!("user-{}", number % 20),
            data: "{}",
        };
        bodies::render(&event, &customer.to_string(), &mut body)?;
    }
    body.push(']');
    Ok(body)
}

/// One customer's connections.
struct Worker {
    operator: Connection,
    client: Connection,
    customer: OrganizationId,
}

impl Worker {
    /// Does one operation of each kind after the other; counts those that begin
    /// between two moments.
    async fn work(self, clock: Stopwatch, start: f64, end: f64) -> Result<Times> {
        let mut times = Times::new();
        let id = self.customer.to_string();
        let (month, next) = (day(0), day(31));
        let report =
            format!("/api/v2/billing/reports/billableusage?startDate={month}&endDate={next}");
        let trust = trust_path(self.customer);
        let agreed = contract_path(self.customer);
        let mut round = 0_u64;
        while clock.seconds() < end {
            let began = clock.seconds();
            let mut lap = Stopwatch::start();
            let mut took = |kind, lap: &mut Stopwatch| {
                let millis = lap.lap() * 1e3;
                if began >= start {
                    times.entry(kind).or_default().push(millis);
                }
            };
            let login = self.client.login_as(&id, SECRET).await?;
            took("login", &mut lap);
            let answer: Value = serde_json::from_slice(&login.get(&report).await?)?;
            took("report", &mut lap);
            ensure!(answer["status"] == "Complete", "{}", answer["status"]);
            // Each round undoes the one before, so that every PUT is a change.
            let odd = round.is_multiple_of(2);
            lap.lap();
            let enabled = json!({ "enabled": !odd });
            self.operator.put(&trust, &enabled).await?;
            took("trust", &mut lap);
            let mut changed = contract(self.customer);
            changed["minimumMonthly"] = if odd { "1250" } else { "1000" }.into();
            self.operator.put(&agreed, &changed).await?;
            took("contract", &mut lap);
            round += 1;
        }
        ensure!(!times.is_empty(), "no operation ended in time");
        Ok(times)
    }
}

/// The day so many days after the month's first.
fn day(number: i32) -> Day {
    let first = Instant::from_micros(MONTH).day();
    Day::from_number(first.number() + number)
}
