//! Load: several connections send requests until the server dies.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::moment::Moment;
use exchequer_support::Random;
use exchequer_support::platform::{Counts, Platform};
use exchequer_support::program::Server;
use exchequer_support::requests::Request;

const CONNECTIONS: usize = 4;

/// Requests after which the meters change, in rounds in which they do.
const CHANGE_AT: u64 = 30;

/// The fate of a request: one entry for each time it was sent, with the
/// answer if there was one.
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) answers: Vec<Option<Counts>>,
}

/// The state that the connections share.
struct Load {
    random: Random,
    large: bool,
    moment: Moment,
    begun: u64,
    acknowledged: u64,
    dead: bool,
    first: u64,
    sent: Vec<Sent>,
    /// Requests whose events may be repeated: number and events of their own.
    known: Vec<(u64, u64)>,
}

impl Load {
    /// The place of the next request in `sent`: a new one, or now and then the
    /// newest once more, while it is under way on another connection.
    fn next(&mut self) -> usize {
        self.begun += 1;
        if self.sent.is_empty() || self.random.below(8) > 0 {
            let request = self.new_request();
            let answers = Vec::new();
            self.sent.push(Sent { request, answers });
        }
        self.sent.len() - 1
    }

    fn new_request(&mut self) -> Request {
        let own = match self.large {
            true => 9_900,
            false => 1 + self.random.below(600),
        };
        Request {
            number: self.first + self.sent.len() as u64,
            own,
            twice: self.random.below(50).min(own),
            repeats: self.some_known(12, u64::MAX),
            // A request of that size has events of every organisation, so
            // that what is kept of them tells of the corrections.
            corrected: match own > 100 {
                true => self.some_known(6, self.first),
                false => Vec::new(),
            },
            changed: self.some_known(5, u64::MAX),
        }
    }

    /// Events that are kept already, fewer than `limit`, of requests with
    /// numbers before `before`.
    fn some_known(&mut self, limit: u64, before: u64) -> Vec<(u64, u64)> {
        // Those of rounds before come first.
        let known = self.known.partition_point(|(number, _)| *number < before) as u64;
        if known == 0 {
            return Vec::new();
        }
        let events = self.random.below(limit);
        let one = |_| {
            let (request, own) = self.known[self.random.below(known) as usize];
            (request, self.random.below(own))
        };
        (0..events).map(one).collect()
    }

    fn is_time(&self) -> bool {
        self.dead || self.moment.is_now(self.begun, self.acknowledged)
    }
}

/// The beginning of a round.
pub(crate) struct Start {
    pub(crate) moment: Moment,
    pub(crate) large: bool,
    /// The number of the first request.
    pub(crate) first: u64,
    /// Requests that are kept already: number and events of their own.
    pub(crate) known: Vec<(u64, u64)>,
}

/// Sends requests until the server dies; returns what was sent, and whether it
/// died at the point where it was to die.
pub(crate) async fn until_killed(
    server: Server,
    platform: &Platform,
    random: &mut Random,
    start: Start,
    faults: &Path,
) -> (Vec<Sent>, bool) {
    let moment = start.moment;
    let load = Load {
        random: Random::new(random.below(u64::MAX)),
        large: start.large,
        moment,
        begun: 0,
        acknowledged: 0,
        dead: false,
        first: start.first,
        sent: Vec::new(),
        known: start.known,
    };
    let load = Arc::new(Mutex::new(load));
    let time = Arc::new(Notify::new());
    moment.arm(faults);
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (load, time) = (Arc::clone(&load), Arc::clone(&time));
        connections.spawn(connection(load, time, platform.clone()));
    }
    time.notified().await;
    let died = std::mem::replace(&mut lock(&load).dead, true);
    let logs = match died {
        true => {
            let (status, logs) = server.ended();
            assert_eq!(status.code(), None, "it was not killed: {logs}");
            logs
        }
        // SIGKILL.
        false => server.kill(),
    };
    while let Some(ended) = connections.join_next().await {
        ended.unwrap();
    }
    // It may be left, or would kill the next server.
    let _ = std::fs::remove_file(faults);
    let reached =
        matches!(moment, Moment::Point(point, _) if logs.contains(&format!("point {point} ")));
    assert!(reached || !died, "it died of something else: {logs}");
    (std::mem::take(&mut lock(&load).sent), reached)
}

fn lock(load: &Mutex<Load>) -> MutexGuard<'_, Load> {
    load.lock().unwrap()
}

async fn connection(load: Arc<Mutex<Load>>, time: Arc<Notify>, platform: Platform) {
    loop {
        let (place, request, change) = {
            let mut load = lock(&load);
            if load.dead {
                return;
            }
            let place = load.next();
            if load.is_time() {
                time.notify_one();
            }
            let change = load.moment.changes_meters() && load.begun.is_multiple_of(CHANGE_AT);
            (place, load.sent[place].request.clone(), change)
        };
        if change {
            platform.change_meter().await;
        }
        let answer = platform.send(&request).await;
        let mut load = lock(&load);
        load.sent[place].answers.push(answer);
        if answer.is_some() {
            load.acknowledged += 1;
            load.known.push((request.number, request.own));
        } else {
            let by_itself = matches!(load.moment, Moment::Point(..));
            assert!(
                load.dead || by_itself,
                "a connection broke before the server died"
            );
            load.dead = true;
        }
        if load.is_time() {
            time.notify_one();
        }
    }
}
