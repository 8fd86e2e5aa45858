//! Several connections that send requests, each until it is acknowledged, to
//! one node or to two at one moment.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::nodes::{NODES, Nodes};
use exchequer_support::Random;
use exchequer_support::platform::{Counts, Platform};
use exchequer_support::requests::{Kept, ORGANIZATIONS, Request};

const CONNECTIONS: usize = 4;
/// A node that is stopped is given up after this.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// A request is acknowledged within this, whatever happens.
const DEADLINE: Duration = Duration::from_secs(60);
/// Before a request that nobody could take is sent again.
const PAUSE: Duration = Duration::from_millis(20);

struct State {
    random: Random,
    requests: Vec<Request>,
    /// Number and events of the requests that were acknowledged.
    known: Vec<(u64, u64)>,
    over: bool,
}

/// The load, while it lasts.
pub(crate) struct Load {
    state: Arc<Mutex<State>>,
    acknowledged: Arc<Notify>,
    connections: JoinSet<()>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no panic")
}

impl State {
    fn next(&mut self) -> Option<Request> {
        if self.over {
            return None;
        }
        let own = 1 + self.random.below(400);
        let request = Request {
            number: self.requests.len() as u64,
            own,
            twice: self.random.below(20).min(own),
            repeats: self.some_known(12),
            // A request of that size has events of every organisation.
            corrected: if own > 100 {
                self.some_known(5)
            } else {
                Vec::new()
            },
            changed: self.some_known(5),
        };
        self.requests.push(request.clone());
        Some(request)
    }

    /// Events that are kept already, fewer than `limit`.
    fn some_known(&mut self, limit: u64) -> Vec<(u64, u64)> {
        if self.known.is_empty() {
            return Vec::new();
        }
        let events = self.random.below(limit);
        let one = |_| {
            let (request, own) = self.known[self.random.below(self.known.len() as u64) as usize];
            (request, self.random.below(own))
        };
        (0..events).map(one).collect()
    }
}

impl Load {
    pub(crate) fn begin(nodes: &Arc<Nodes>, seed: u64) -> Self {
        let state = Arc::new(Mutex::new(State {
            random: Random::new(seed),
            requests: Vec::new(),
            known: Vec::new(),
            over: false,
        }));
        let acknowledged = Arc::new(Notify::new());
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (nodes, state) = (Arc::clone(nodes), Arc::clone(&state));
            connections.spawn(connection(nodes, state, Arc::clone(&acknowledged)));
        }
        Self {
            state,
            acknowledged,
            connections,
        }
    }

    /// Waits until so many more requests are acknowledged.
    pub(crate) async fn acknowledged(&self, requests: u64) {
        let now = lock(&self.state).known.len() as u64;
        let reached = async {
            while (lock(&self.state).known.len() as u64) < now + requests {
                self.acknowledged.notified().await;
            }
        };
        timeout(DEADLINE, reached).await.expect("the load goes on");
    }

    /// Ends the load; every request of it is acknowledged.
    pub(crate) async fn end(mut self) -> All {
        lock(&self.state).over = true;
        while let Some(ended) = self.connections.join_next().await {
            ended.expect("no panic");
        }
        let requests = std::mem::take(&mut lock(&self.state).requests);
        All(requests)
    }
}

async fn connection(nodes: Arc<Nodes>, state: Arc<Mutex<State>>, acknowledged: Arc<Notify>) {
    loop {
        let Some(request) = lock(&state).next() else {
            return;
        };
        let send = until_acknowledged(&nodes, &state, &request);
        timeout(DEADLINE, send)
            .await
            .expect("it is acknowledged in time");
        lock(&state).known.push((request.number, request.own));
        acknowledged.notify_one();
        let (reader, organization) = {
            let random = &mut lock(&state).random;
            let reader = random.below(NODES as u64) as usize;
            (reader, random.below(ORGANIZATIONS.len() as u64) as usize)
        };
        // What one node has acknowledged is in the reports of all.
        let platform = nodes.node(reader);
        let present = timeout(ANSWER_TIMEOUT, platform.try_present(&request, organization));
        if let Ok(Some(present)) = present.await {
            assert_eq!(present, request.own_of(organization), "{request:?}");
        }
    }
}

/// Sends a request until it is acknowledged: it is accepted once.
async fn until_acknowledged(nodes: &Nodes, state: &Mutex<State>, request: &Request) {
    let mut answers = Vec::new();
    loop {
        let (one, other, both) = {
            let random = &mut lock(state).random;
            let one = random.below(NODES as u64) as usize;
            let other = (one + 1 + random.below(NODES as u64 - 1) as usize) % NODES;
            (nodes.node(one), nodes.node(other), random.below(4) == 0)
        };
        if both {
            let (one, other) = tokio::join!(send(&one, request), send(&other, request));
            answers.extend([one, other]);
        } else {
            answers.push(send(&one, request).await);
        }
        if answers.iter().any(Option::is_some) {
            break;
        }
        sleep(PAUSE).await;
    }
    let accepted = answers.iter().flatten().map(|answer| answer.accepted);
    let accepted: Vec<u64> = accepted.collect();
    let fresh = request.fresh();
    assert!(
        accepted
            .iter()
            .all(|accepted| [0, fresh].contains(accepted))
    );
    let times = accepted
        .iter()
        .filter(|accepted| **accepted == fresh)
        .count();
    // The answer that said so may be the one that was lost.
    let lost = answers.contains(&None);
    assert!(
        times == 1 || (times == 0 && lost),
        "{answers:?} to {request:?}"
    );
}

async fn send(platform: &Platform, request: &Request) -> Option<Counts> {
    timeout(ANSWER_TIMEOUT, platform.try_to_send(request))
        .await
        .ok()
        .flatten()
}

/// Everything that was sent, all of it acknowledged.
pub(crate) struct All(Vec<Request>);

impl All {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the usages that the month's report of an organisation must show.
    pub(crate) fn usages(&self, organization: usize) -> Value {
        let mut kept = Kept::default();
        for request in &self.0 {
            kept.add(request, organization);
        }
        kept.usages()
    }

    /// Sends it all once more, to any node: nothing of it is new.
    pub(crate) async fn send_again(&self, nodes: &Nodes, random: &mut Random) {
        for request in &self.0 {
            let node = random.below(NODES as u64) as usize;
            let answer = nodes.node(node).send(request).await;
            let conflicts = request.changed.len() as u64;
            let known = Counts {
                accepted: 0,
                duplicates: request.events() - conflicts,
                conflicts,
            };
            assert_eq!(answer, Some(known), "{request:?}");
        }
    }
}
