//! Rounds of load, death and resurrection, each followed by the accounts.

use std::process::Stdio;

use tokio::task::JoinSet;

use crate::load::{self, Sent, Start};
use crate::moment::Moment;
use exchequer_support::Random;
use exchequer_support::platform::{Counts, Platform};
use exchequer_support::program::{Ledger, Server};
use exchequer_support::requests::{CATALOG, Kept, MONTH, ORGANIZATIONS, Request};

/// No report may come back as `InProgress`, no request be one too many.
const FLAGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "1000000"];

/// Folds and checkpoints come so often that a round meets several, and runs of
/// identities to merge.
const OFTEN: [(&str, &str); 2] = [
    ("EXCHEQUER_FAULT_FOLD_AT", "3000"),
    ("EXCHEQUER_FAULT_CHECKPOINT_AT", "200000"),
];

/// A ledger, its server, and what must be kept in it.
pub(crate) struct World {
    ledger: Ledger,
    server: Option<Server>,
    platform: Platform,
    /// All requests of earlier rounds.
    requests: Vec<Request>,
    kept: [Kept; ORGANIZATIONS.len()],
}

impl World {
    pub(crate) async fn start() -> Self {
        let ledger = Ledger::init();
        let server = serve(&ledger);
        let file = ledger.write("catalog.toml", CATALOG);
        let mut apply = ledger.operator(&server.url);
        let applied = apply.arg("apply").arg(file).stdout(Stdio::null()).status();
        assert!(applied.unwrap().success());
        let platform = Platform::login(&server.url, &ledger).await;
        Self {
            ledger,
            server: Some(server),
            platform,
            requests: Vec::new(),
            kept: Default::default(),
        }
    }

    /// Load until the server dies; then everything is counted, sent again, and
    /// counted again. Whether it died at the point where it was to die.
    pub(crate) async fn round(&mut self, random: &mut Random, moment: Moment, large: bool) -> bool {
        let server = self.server.take().unwrap();
        let known = self
            .requests
            .iter()
            .map(|request| (request.number, request.own));
        let start = Start {
            moment,
            large,
            first: self.requests.len() as u64,
            known: known.collect(),
        };
        let faults = self.ledger.faults();
        let (sent, reached) =
            load::until_killed(server, &self.platform, random, start, &faults).await;
        self.serve();
        let mut missing = Vec::new();
        for sent in &sent {
            missing.push(self.settle(sent).await);
        }
        self.check().await;
        let known = self.requests.len() as u64;
        let old = (0..random.below(4).min(known)).map(|_| random.below(known) as usize);
        let old: Vec<Request> = old.map(|old| self.requests[old].clone()).collect();
        let old = old.into_iter().map(|request| (request, Vec::new()));
        let all = sent.into_iter().map(|sent| sent.request).zip(missing);
        let all: Vec<_> = all.collect();
        self.send_again(all.iter().cloned().chain(old)).await;
        for (request, missing) in all {
            for organization in missing {
                self.kept[organization].add(&request, organization);
            }
            self.requests.push(request);
        }
        self.check().await;
        reached
    }

    /// Ends the server in peace; all of all rounds is there, and known. How
    /// many requests and events that is.
    pub(crate) async fn end(mut self) -> (usize, u64) {
        let (status, logs) = self.server.take().unwrap().terminate();
        assert!(status.success(), "{logs}");
        self.serve();
        self.check().await;
        let all = self.requests.iter().cloned();
        self.send_again(all.map(|request| (request, Vec::new())))
            .await;
        self.check().await;
        let events = self.requests.iter().map(Request::fresh).sum();
        (self.requests.len(), events)
    }

    fn serve(&mut self) {
        let server = serve(&self.ledger);
        self.platform = self.platform.at(&server.url);
        self.server = Some(server);
    }

    /// Finds out what is kept of a request; returns the organisations whose
    /// events are missing. All of an acknowledged request must be there.
    async fn settle(&mut self, sent: &Sent) -> Vec<usize> {
        let request = &sent.request;
        let acknowledged = check_answers(sent);
        let mut missing = Vec::new();
        for (organization, kept) in self.kept.iter_mut().enumerate() {
            // What was acknowledged is seen in the totals of the month.
            let own = request.own_of(organization);
            let present = match acknowledged {
                true => own,
                false => self.platform.present(request, organization).await,
            };
            assert!(
                present == own || present == 0,
                "{present} of {own} events of organization {organization} are kept of {request:?}"
            );
            match present == own {
                true => kept.add(request, organization),
                false => missing.push(organization),
            }
        }
        missing
    }

    /// Sends requests once more, several at a time: what is missing is
    /// accepted, the rest known.
    async fn send_again(&self, requests: impl Iterator<Item = (Request, Vec<usize>)>) {
        const AT_ONCE: usize = 4;
        let mut sending = JoinSet::new();
        for (request, missing) in requests {
            if sending.len() == AT_ONCE {
                sending.join_next().await.unwrap().unwrap();
            }
            let platform = self.platform.clone();
            sending.spawn(async move {
                let answer = platform.send(&request).await;
                let accepted = missing.iter().map(|of| request.fresh_of(*of)).sum();
                let conflicts = request.changed.len() as u64;
                let expected = Counts {
                    accepted,
                    duplicates: request.events() - accepted - conflicts,
                    conflicts,
                };
                assert_eq!(answer, Some(expected), "{request:?}");
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent.unwrap();
        }
    }

    /// The reports of all organisations say what is kept.
    async fn check(&self) {
        for (organization, kept) in self.kept.iter().enumerate() {
            let usages = self.platform.usages(organization, MONTH).await;
            assert_eq!(usages, kept.usages(), "organization {organization}");
        }
    }
}

fn serve(ledger: &Ledger) -> Server {
    let faults = ledger.faults();
    let faults = faults.to_str().unwrap();
    let variables = [OFTEN[0], OFTEN[1], ("EXCHEQUER_FAULTS", faults)];
    ledger.serve_with(&FLAGS, &variables)
}

/// Returns whether the request was acknowledged. However often it was sent, its own
/// events were accepted once.
fn check_answers(sent: &Sent) -> bool {
    let answers = sent.answers.iter().flatten();
    let accepted: Vec<u64> = answers.map(|answer| answer.accepted).collect();
    let own = sent.request.fresh();
    let times = accepted.iter().filter(|accepted| **accepted == own).count();
    assert!(accepted.iter().all(|accepted| [0, own].contains(accepted)));
    // The answer that said so may be the one that was lost.
    let lost = sent.answers.contains(&None);
    assert!(times == 1 || (times == 0 && (lost || accepted.is_empty())));
    !accepted.is_empty()
}
