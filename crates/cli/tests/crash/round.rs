//! Rounds of load, death and resurrection, each followed by the accounts.

use std::process::Stdio;

use crate::client::{Answer, Platform};
use crate::load::{self, Sent};
use crate::requests::{CATALOGUE, Kept, MONTH, ORGANIZATIONS, Random, Request};
use crate::support::{Ledger, Server};

/// No report may come back as `InProgress`, no request be one too many.
const FLAGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "1000000"];

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
        let server = ledger.serve(&FLAGS);
        let file = ledger.write("catalogue.toml", CATALOGUE);
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
    /// counted again.
    pub(crate) async fn round(&mut self, random: &mut Random, large: bool) {
        let server = self.server.take().unwrap();
        let known = self
            .requests
            .iter()
            .map(|request| (request.number, request.own));
        let known = (self.requests.len() as u64, known.collect());
        let sent = load::until_killed(server, &self.platform, random, large, known).await;
        self.serve();
        let mut missing = Vec::new();
        for sent in &sent {
            missing.push(self.settle(sent).await);
        }
        self.check().await;
        for (sent, missing) in sent.into_iter().zip(missing) {
            self.send_again(&sent.request, &missing).await;
            self.requests.push(sent.request);
        }
        for _ in 0..3 {
            let old = random.below(self.requests.len() as u64) as usize;
            self.send_again(&self.requests[old].clone(), &[]).await;
        }
        self.check().await;
    }

    /// Ends the server in peace; all of all rounds is there, and known.
    pub(crate) async fn end(mut self) {
        let (status, logs) = self.server.take().unwrap().terminate();
        assert!(status.success(), "{logs}");
        self.serve();
        self.check().await;
        for request in self.requests.clone() {
            self.send_again(&request, &[]).await;
        }
        self.check().await;
    }

    fn serve(&mut self) {
        let server = self.ledger.serve(&FLAGS);
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

    /// Sends a request once more: what is missing is accepted, the rest known.
    async fn send_again(&mut self, request: &Request, missing: &[usize]) {
        let answer = self.platform.send(request).await;
        let accepted = missing.iter().map(|of| request.own_of(*of)).sum();
        let expected = Answer {
            accepted,
            duplicates: request.events() - accepted,
        };
        assert_eq!(answer, Some(expected), "{request:?}");
        for organization in missing {
            self.kept[*organization].add(request, *organization);
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

/// Whether the request was acknowledged. However often it was sent, its own
/// events were accepted once.
fn check_answers(sent: &Sent) -> bool {
    let answers = sent.answers.iter().flatten();
    let accepted: Vec<u64> = answers.map(|answer| answer.accepted).collect();
    let own = sent.request.own;
    let times = accepted.iter().filter(|accepted| **accepted == own).count();
    assert!(accepted.iter().all(|accepted| [0, own].contains(accepted)));
    // The answer that said so may be the one that was lost.
    let lost = sent.answers.contains(&None);
    assert!(times == 1 || (times == 0 && (lost || accepted.is_empty())));
    !accepted.is_empty()
}
