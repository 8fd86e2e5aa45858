//! Load: several connections send requests until the server dies.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::client::{Answer, Platform};
use crate::requests::{Random, Request};
use crate::support::Server;

const CONNECTIONS: usize = 4;

/// What becomes of a request: one entry for each time it was sent, with the
/// answer if there was one.
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) answers: Vec<Option<Answer>>,
}

/// When the server dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// As soon as so many requests were acknowledged.
    Acknowledged(u64),
    /// As soon as so many requests are on their way.
    Begun(u64),
}

/// What the connections share.
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
        let mut repeats = Vec::new();
        if !self.known.is_empty() {
            for _ in 0..self.random.below(50) {
                let (request, own) =
                    self.known[self.random.below(self.known.len() as u64) as usize];
                repeats.push((request, self.random.below(own)));
            }
        }
        Request {
            number: self.first + self.sent.len() as u64,
            own,
            twice: self.random.below(50).min(own),
            repeats,
        }
    }

    fn is_time(&self) -> bool {
        match self.moment {
            Moment::Acknowledged(requests) => self.acknowledged >= requests,
            Moment::Begun(requests) => self.begun >= requests,
        }
    }
}

/// Sends requests until the server is killed at a random moment; returns what
/// was sent. `known` are requests that are kept already.
pub(crate) async fn until_killed(
    server: Server,
    platform: &Platform,
    random: &mut Random,
    large: bool,
    (first, known): (u64, Vec<(u64, u64)>),
) -> Vec<Sent> {
    let moment = match (large, random.below(2)) {
        // Thirteen large requests are worth a fold, which lasts for some more.
        (true, _) => Moment::Acknowledged(12 + random.below(5)),
        (false, 0) => Moment::Acknowledged(1 + random.below(60)),
        (false, _) => Moment::Begun(1 + random.below(60)),
    };
    println!("  large: {large}, {moment:?}");
    let load = Load {
        random: Random::new(random.below(u64::MAX)),
        large,
        moment,
        begun: 0,
        acknowledged: 0,
        dead: false,
        first,
        sent: Vec::new(),
        known,
    };
    let load = Arc::new(Mutex::new(load));
    let time = Arc::new(Notify::new());
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (load, time) = (Arc::clone(&load), Arc::clone(&time));
        connections.spawn(connection(load, time, platform.clone()));
    }
    time.notified().await;
    lock(&load).dead = true;
    // SIGKILL.
    drop(server);
    while let Some(ended) = connections.join_next().await {
        ended.unwrap();
    }
    std::mem::take(&mut lock(&load).sent)
}

fn lock(load: &Mutex<Load>) -> MutexGuard<'_, Load> {
    load.lock().unwrap()
}

async fn connection(load: Arc<Mutex<Load>>, time: Arc<Notify>, platform: Platform) {
    loop {
        let (place, request) = {
            let mut load = lock(&load);
            if load.dead {
                return;
            }
            let place = load.next();
            if load.is_time() {
                time.notify_one();
            }
            (place, load.sent[place].request.clone())
        };
        let answer = platform.send(&request).await;
        let mut load = lock(&load);
        load.sent[place].answers.push(answer);
        if answer.is_some() {
            load.acknowledged += 1;
            load.known.push((request.number, request.own));
        } else {
            assert!(load.dead, "a connection broke before the server died");
        }
        if load.is_time() {
            time.notify_one();
        }
    }
}
