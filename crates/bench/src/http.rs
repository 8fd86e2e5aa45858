//! Ingestion over HTTP: the server in its own process, the load from here.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use exchequer_support::Connection;

use crate::bodies::Bodies;
use crate::served::Served;
use crate::task::{Figures, note};
use exchequer_support::measure::{Process, Stopwatch, percentile};

const CONNECTIONS: usize = 4;
/// The rest of a server before its idle memory is read.
const REST: Duration = Duration::from_secs(2);

struct Load {
    bodies: Mutex<Bodies>,
    clock: Stopwatch,
}

struct Sent {
    events: u64,
    millis: Vec<f64>,
    retries: u64,
    last: f64,
}

/// Measures ingestion of the bodies over the loopback, into a ledger that has
/// their organisations and meters.
pub(crate) async fn run(served: &Served, bodies: &Path) -> Result<Figures> {
    let node = served.start();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(served.operator(&node).await?);
    }
    let (here, there) = (Process::current(), node.process());
    let before = (here.cpu(), there.cpu());
    let load = Arc::new(Load {
        bodies: Mutex::new(Bodies::open(bodies)?),
        clock: Stopwatch::start(),
    });
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(send(connection, Arc::clone(&load))))
        .collect();
    let (mut events, mut retries, mut last, mut millis) = (0, 0, 0f64, Vec::new());
    for task in tasks {
        let sent = task.await??;
        events += sent.events;
        retries += sent.retries;
        last = last.max(sent.last);
        millis.extend(sent.millis);
    }
    let client_cpu = here.cpu();
    there.quiet().await;
    let per_million =
        |from: Option<f64>, to: Option<f64>| Some((to? - from?) / events as f64 * 1e6);
    let mut figures = Figures::new();
    let mut put = |name: &str, value| note(&mut figures, &format!("http.{name}"), value);
    put("rate", Some(events as f64 / last));
    put("client_cpu", per_million(before.0, client_cpu));
    put("server_cpu", per_million(before.1, there.cpu()));
    put("memory", there.peak());
    put("retries", Some(retries as f64));
    for (thread, seconds) in there.threads() {
        put(
            &format!("thread.{thread}"),
            Some(seconds / events as f64 * 1e6),
        );
    }
    for (name, share) in [("ack_p50", 0.5), ("ack_p99", 0.99), ("ack_max", 1.0)] {
        put(name, percentile(&mut millis, share));
    }
    tokio::time::sleep(REST).await;
    put("idle_memory", there.resident());
    node.end();
    Ok(figures)
}

async fn send(connection: Connection, load: Arc<Load>) -> Result<Sent> {
    let mut sent = Sent {
        events: 0,
        millis: Vec::new(),
        retries: 0,
        last: 0.0,
    };
    loop {
        let next = load
            .bodies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()?;
        let Some((body, events)) = next else {
            return Ok(sent);
        };
        let answer = loop {
            let clock = Stopwatch::start();
            if let Some(answer) = connection.send(body.clone()).await? {
                sent.millis.push(clock.millis());
                break answer;
            }
            sent.retries += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let accepted = answer["accepted"].as_u64();
        ensure!(
            accepted == Some(events),
            "{events} events were sent: {answer}"
        );
        ensure!(answer["unmetered"] == 0, "unmetered events: {answer}");
        sent.events += events;
        sent.last = load.clock.seconds();
    }
}
