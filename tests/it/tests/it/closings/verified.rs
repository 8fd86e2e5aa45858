//! What `exchequer verify` finds in a ledger that is being served.

use exchequer_app::closing::{self, CheckedEntries};
use exchequer_store::{Finding, Observer};
use exchequer_support::World;

/// Findings, each as one line.
#[derive(Default)]
struct Findings(Vec<String>);

impl Observer for Findings {
    fn found(&mut self, finding: Finding) {
        self.0
            .push(format!("{}: {}", finding.place, finding.problem));
    }

    fn progress(&mut self, _done: u64, _of: u64) {}
}

/// Verifies the ledger of a world.
pub(crate) async fn verified(world: &World) -> (Vec<String>, CheckedEntries) {
    let at = world.location();
    let verify = move || {
        let mut findings = Findings::default();
        let (checked, entries) = closing::verify(at, &mut findings).unwrap();
        assert_eq!(checked.findings, findings.0.len() as u64);
        (findings.0, entries)
    };
    tokio::task::spawn_blocking(verify).await.unwrap()
}
