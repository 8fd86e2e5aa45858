//! A ledger that is served, the loads that it is given, and the proof that
//! every answer and every report was right.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use exchequer_support::Connection;
use exchequer_support::measure::{Stopwatch, settle_disk};

use super::reference::Reference;
use super::stock::{Item, Stock};
use crate::bodies::{self, Counts, Outcome, Renderer};
use crate::drive::FOLD_AT;
use crate::http::{Sent, note_acks, send_all};
use crate::input::BATCH;
use crate::served::{Ground, Node, Served};
use crate::store::sizes;
use crate::task::{Figures, note};
use crate::world::{Draft, World};

/// Connections of the load.
const CONNECTIONS: usize = 4;
/// Events in a request of the other client, and its rest between two of them: it
/// takes little of the machine, and many samples.
const OTHER: (u64, Duration) = (100, Duration::from_millis(20));
/// Organisations whose reports are compared, at most, spread over all of them.
const REPORTS: usize = 200;
/// An idle server folds what it holds after a while, if it is more than this.
const SMALL_TAIL: f64 = 4_096.0;
/// The wait for that, at most.
const LONGEST_WAIT: f64 = 60.0;
/// A server counts what it holds more often than this.
const GAUGED: Duration = Duration::from_secs(6);

/// Events for a ledger, in the order in which they are sent.
pub(crate) struct Load<I> {
    /// The start of names of its figures.
    pub(crate) name: &'static str,
    pub(crate) items: I,
    /// Events in a request.
    pub(crate) batch: usize,
    pub(crate) connections: usize,
    /// No request begins later than this many seconds after the first.
    pub(crate) seconds: f64,
}

impl<I: Iterator<Item = Item> + Clone> Load<I> {
    /// The load that is sent as a busy platform does, to its end.
    pub(crate) fn of(name: &'static str, items: I) -> Self {
        Self {
            name,
            items,
            batch: BATCH,
            connections: CONNECTIONS,
            seconds: f64::INFINITY,
        }
    }

    /// Returns the load cut after so many seconds: an older build may need hours for it.
    pub(crate) fn within(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }
}

/// A ledger under trial. Another client of an organisation of its own sends new
/// events beside each load.
pub(crate) struct Trial {
    served: Served,
    nodes: Vec<Node>,
    stock: Stock,
    other: Stock,
    /// Ids of all organisations, by number.
    ids: Vec<String>,
    reference: Reference,
    bodies: PathBuf,
    /// Events of the other client so far.
    others: u64,
    /// Events a second of the first load, which is of new events.
    base: Option<f64>,
    /// The file's parts in bytes before the first event.
    empty: Sizes,
    figures: Figures,
}

impl Trial {
    /// Makes the ledger, with so many servers at work on it.
    pub(crate) async fn begin(ground: &Ground<'_>, nodes: usize, stock: Stock) -> Result<Self> {
        let (first, count) = stock.organizations;
        let organizations = first + count + 1;
        let other = Stock {
            seed: stock.seed ^ 1,
            events: 100_000,
            organizations: (organizations - 1, 1),
            resources: 100,
            ..stock
        };
        let served = ground.ledger()?;
        served.populate(organizations.into()).await?;
        let empty = measured(&served)?;
        let id = |number| World::organization(number).to_string();
        Ok(Self {
            nodes: (0..nodes).map(|_| served.start()).collect(),
            served,
            stock,
            other,
            ids: (0..organizations.into()).map(id).collect(),
            reference: Reference::new(),
            bodies: ground.directory.join("shape"),
            others: 0,
            base: None,
            empty,
            figures: Figures::new(),
        })
    }

    /// Sends a load, notes its figures, and compares the reports.
    pub(crate) async fn send<I>(&mut self, load: Load<I>) -> Result<()>
    where
        I: Iterator<Item = Item> + Clone,
    {
        let name = load.name;
        self.render(load.items.clone(), load.batch)?;
        let mut connections = Vec::new();
        for number in 0..load.connections {
            let node = &self.nodes[number % self.nodes.len()];
            connections.push(self.served.operator(node).await?);
        }
        settle_disk();
        self.quiet().await;
        let other = self.other_client().await?;
        let stop = Arc::clone(&other.stop);
        let other = tokio::spawn(other.send());
        let sent = send_all(connections, &self.bodies, load.seconds).await;
        stop.store(true, Ordering::Relaxed);
        let (sent, other) = (sent.context(name)?, other.await?.context("other client")?);
        sent.note(&mut self.figures, name);
        match self.base {
            None => self.base = Some(sent.rate()),
            Some(base) => {
                let ratio = Some(sent.rate() / base);
                note(&mut self.figures, &format!("{name}.of_new"), ratio);
            }
        }
        note_acks(&mut self.figures, &format!("{name}.other"), other.millis);
        self.count(self.stock, load.items.take(sent.events as usize))?;
        let others = self.others..self.others + other.events;
        self.others = others.end;
        self.count(self.other, others.map(|number| (number, Outcome::New)))?;
        self.check().await
    }

    fn render(&self, items: impl Iterator<Item = Item>, batch: usize) -> Result<()> {
        let mut bodies = Renderer::create(&self.bodies)?;
        let mut draft = Draft::default();
        for (number, item) in items.enumerate() {
            if number % batch == 0 {
                bodies.end_body()?;
            }
            self.stock.write(item, &mut draft);
            let id = &self.ids[usize::from(draft.organization)];
            bodies.push(&draft.event(), id, item.1)?;
        }
        bodies.finish()
    }

    /// Counts the new ones of events that were sent.
    fn count(&mut self, stock: Stock, items: impl Iterator<Item = Item>) -> Result<()> {
        let mut draft = Draft::default();
        for item in items.filter(|(_, outcome)| *outcome == Outcome::New) {
            stock.write(item, &mut draft);
            self.reference.add(&draft.event())?;
        }
        Ok(())
    }

    /// Compares at each server the reports of many organisations, and that of the
    /// other client's.
    async fn check(&self) -> Result<()> {
        let step = self.ids.len().div_ceil(REPORTS);
        let all = (0..self.ids.len()).step_by(step);
        for node in &self.nodes {
            let operator = self.served.operator(node).await?;
            for number in all.clone().chain([self.ids.len() - 1]) {
                let organization = World::organization(number as u32);
                let compared = self.reference.check(&operator, number as u16, organization);
                compared.await?;
            }
        }
        Ok(())
    }

    async fn other_client(&self) -> Result<OtherClient> {
        let last = self.nodes.last().context("no server")?;
        Ok(OtherClient {
            connection: self.served.operator(last).await?,
            stock: self.other,
            next: self.others,
            id: self.ids[usize::from(self.other.organizations.0)].clone(),
            stop: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Waits until the servers have folded what they hold, which they do a while
    /// after the last event. Few events would not be worth the wait: they have
    /// not been folded once. What is left is in the figure of the journal.
    pub(crate) async fn rest(&self) -> Result<()> {
        if self.reference.events() < FOLD_AT {
            return Ok(());
        }
        tokio::time::sleep(GAUGED).await;
        let clock = Stopwatch::start();
        for node in &self.nodes {
            let operator = self.served.operator(node).await?;
            while tail(&operator).await? >= SMALL_TAIL && clock.seconds() < LONGEST_WAIT {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
        self.quiet().await;
        Ok(())
    }

    async fn quiet(&self) {
        for node in &self.nodes {
            node.process().quiet().await;
        }
    }

    /// Ends the servers; returns the ledger, what its reports must say, and the figures.
    pub(crate) fn end(mut self) -> Result<(Served, Reference, Figures)> {
        let stored = self.reference.events() as f64;
        note(&mut self.figures, "stored", Some(stored));
        let memory = self.nodes.iter().map(|node| node.process().peak());
        let memory = memory.max_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        note(&mut self.figures, "memory", memory.flatten());
        self.nodes.into_iter().for_each(Node::end);
        for (part, bytes) in measured(&self.served)? {
            let before = self.empty.get(part).copied().unwrap_or(0.0);
            let added = Some((bytes - before) / stored);
            note(&mut self.figures, &format!("bytes.{part}"), added);
        }
        Ok((self.served, self.reference, self.figures))
    }
}

/// Bytes by part of a ledger.
type Sizes = BTreeMap<&'static str, f64>;

/// Measures a ledger in a directory, without a server at work on it.
fn measured(served: &Served) -> Result<Sizes> {
    let Some(file) = served.file() else {
        return Ok(Sizes::new());
    };
    let connection = rusqlite::Connection::open(file)?;
    Ok(sizes(&connection)?.into_iter().collect())
}

/// Returns how many events a server has acknowledged and not folded; it counts
/// them every few seconds.
async fn tail(operator: &Connection) -> Result<f64> {
    let metrics = operator.get("/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics);
    let mut lines = metrics.lines();
    let tail = lines.find_map(|line| line.strip_prefix("exchequer_tail_events "));
    Ok(tail.context("no gauge of the tail")?.trim().parse()?)
}

/// A client that sends a few new events now and then.
struct OtherClient {
    connection: Connection,
    stock: Stock,
    next: u64,
    id: String,
    stop: Arc<AtomicBool>,
}

impl OtherClient {
    async fn send(mut self) -> Result<Sent> {
        let (mut sent, mut draft) = (Sent::default(), Draft::default());
        let expected = Counts {
            accepted: OTHER.0 as u32,
            ..Counts::default()
        };
        while !self.stop.load(Ordering::Relaxed) {
            let mut body = "[".to_owned();
            for number in self.next..self.next + OTHER.0 {
                self.stock.write((number, Outcome::New), &mut draft);
                if number > self.next {
                    body.push(',');
                }
                bodies::render(&draft.event(), &self.id, &mut body)?;
            }
            body.push(']');
            self.next += OTHER.0;
            let delivered = sent.deliver(&self.connection, body.into_bytes(), expected);
            delivered.await?;
            tokio::time::sleep(OTHER.1).await;
        }
        Ok(sent)
    }
}
