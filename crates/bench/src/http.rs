//! Ingestion over HTTP: the server in its own process, the load from here.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use exchequer_support::Connection;

use crate::bodies::{Bodies, Counts};
use crate::served::Served;
use crate::task::{Figures, note};
use exchequer_support::measure::{Process, Stopwatch, percentile};

const CONNECTIONS: usize = 4;
/// The rest of a server before its idle memory is read.
const REST: Duration = Duration::from_secs(2);

struct Load {
    bodies: Mutex<Bodies>,
    clock: Stopwatch,
    /// No request begins later than this many seconds after the start.
    until: f64,
}

/// What was sent, and how long the answers took.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) events: u64,
    pub(crate) millis: Vec<f64>,
    retries: u64,
    /// The second of the last answer.
    last: f64,
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.millis.extend(other.millis);
        self.retries += other.retries;
        self.last = self.last.max(other.last);
    }

    /// Events a second.
    pub(crate) fn rate(&self) -> f64 {
        self.events as f64 / self.last
    }

    /// Notes the figures under names that begin with `name`.
    pub(crate) fn note(&self, figures: &mut Figures, name: &str) {
        note(figures, &format!("{name}.rate"), Some(self.rate()));
        let retries = Some(self.retries as f64);
        note(figures, &format!("{name}.retries"), retries);
        note_acks(figures, &format!("{name}.ack"), self.millis.clone());
    }
}

/// Notes how long acknowledgements took.
pub(crate) fn note_acks(figures: &mut Figures, name: &str, mut millis: Vec<f64>) {
    for (which, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        note(
            figures,
            &format!("{name}_{which}"),
            percentile(&mut millis, share),
        );
    }
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
    let sent = send_all(connections, bodies, f64::INFINITY).await?;
    let events = sent.events;
    let client_cpu = here.cpu();
    there.quiet().await;
    let per_million =
        |from: Option<f64>, to: Option<f64>| Some((to? - from?) / events as f64 * 1e6);
    let mut figures = Figures::new();
    sent.note(&mut figures, "http");
    let mut put = |name: &str, value| note(&mut figures, &format!("http.{name}"), value);
    put("client_cpu", per_million(before.0, client_cpu));
    put("server_cpu", per_million(before.1, there.cpu()));
    put("memory", there.peak());
    for (thread, seconds) in there.threads() {
        put(
            &format!("thread.{thread}"),
            Some(seconds / events as f64 * 1e6),
        );
    }
    tokio::time::sleep(REST).await;
    put("idle_memory", there.resident());
    node.end();
    Ok(figures)
}

/// Sends bodies over connections, each the next one of the file, for so many
/// seconds at most. Every answer must be the one that is expected.
pub(crate) async fn send_all(
    connections: Vec<Connection>,
    bodies: &Path,
    seconds: f64,
) -> Result<Sent> {
    let load = Arc::new(Load {
        bodies: Mutex::new(Bodies::open(bodies)?),
        clock: Stopwatch::start(),
        until: seconds,
    });
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(send(connection, Arc::clone(&load))))
        .collect();
    let mut sent = Sent::default();
    for task in tasks {
        sent.add(task.await??);
    }
    Ok(sent)
}

async fn send(connection: Connection, load: Arc<Load>) -> Result<Sent> {
    let mut sent = Sent::default();
    while load.clock.seconds() < load.until {
        let next = load
            .bodies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()?;
        let Some((body, expected)) = next else {
            break;
        };
        sent.deliver(&connection, body, expected).await?;
        sent.last = load.clock.seconds();
    }
    Ok(sent)
}

impl Sent {
    /// Sends a body until the server takes it.
    pub(crate) async fn deliver(
        &mut self,
        connection: &Connection,
        body: Vec<u8>,
        expected: Counts,
    ) -> Result<()> {
        let answer = loop {
            let clock = Stopwatch::start();
            if let Some(answer) = connection.send(body.clone()).await? {
                self.millis.push(clock.millis());
                break answer;
            }
            self.retries += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let counted = |name: &str| answer[name].as_u64();
        let conflicts = answer["conflicts"].as_array().map(|list| list.len() as u64);
        ensure!(
            counted("accepted") == Some(expected.accepted.into())
                && counted("duplicates") == Some(expected.duplicates.into())
                && conflicts == Some(expected.conflicts.into()),
            "{expected:?} were expected, not {} accepted, {} duplicates, {conflicts:?} conflicts; \
             the first rejection: {}",
            answer["accepted"],
            answer["duplicates"],
            answer["rejected"][0]
        );
        ensure!(
            answer["unmetered"] == 0,
            "{} unmetered events",
            answer["unmetered"]
        );
        self.events += expected.events();
        Ok(())
    }
}
