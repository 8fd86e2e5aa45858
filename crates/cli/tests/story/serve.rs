//! `exchequer init` and `exchequer serve`: one ledger, one server, an end in
//! time, and everything still there afterwards.

use crate::run::{World, login, run, run_with};
use exchequer_support::program::program;
use exchequer_support::{Ledger, Place};

#[test]
fn a_ledger_is_made_once() {
    let ledger = Ledger::init();
    let again = run(ledger.program().args(["init", "--json"]));
    again.failed(1, "already");
    // For people the same, in words that can be pasted.
    let other = tempfile::tempdir().unwrap();
    let mut init = program();
    let told = run(init
        .arg("init")
        .arg("--data")
        .arg(other.path().join("ledger")))
    .ok();
    for line in [
        "export EXCHEQUER_CLIENT_ID=",
        "export EXCHEQUER_CLIENT_SECRET=",
        "exchequer serve --data",
    ] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn a_second_server_of_a_directory_is_refused() {
    let ledger = Ledger::init_in(Place::directory());
    let first = ledger.serve(&[]);
    let second = run(ledger.program().args(["serve", "--listen", "127.0.0.1:0"]));
    second.failed(1, "another process");
    run(ledger.operator(&first.url).arg("whoami")).ok();
    drop(first);
    // A lock that outlived its process would lock everybody out.
    let _third = ledger.serve(&[]);
    let none = run(ledger.program().args(["serve", "--data", "nowhere"]));
    none.failed(1, "exchequer init");
}

#[test]
fn a_server_that_is_asked_to_end_keeps_everything() {
    let World { ledger, server } = World::start();
    let lines: String = (0..2_000)
        .map(|n| {
            login(
                &format!("e-{n}"),
                &format!("user-{n}"),
                "2025-10-01T08:00:00Z",
            )
        })
        .collect();
    run_with(ledger.operator(&server.url).args(["ingest", "-"]), &lines).ok();
    let report = |url: &str| {
        let acme = crate::run::ACME;
        let mut report = ledger.operator(url);
        let report = report.args(["report", "--from", "2025-10-01", "--to", "2025-11-01"]);
        run(report.args(["--format", "json", "--organization", acme])).ok()
    };
    let before = report(&server.url);
    assert!(before.contains("\"totalUsage\":\"2000\""));
    let (status, logs) = server.terminate();
    assert!(status.success(), "{logs}");
    assert!(
        !logs.contains(&ledger.secret),
        "a secret stands in the logs"
    );
    let server = ledger.serve(&["--log-format", "json"]);
    assert_eq!(report(&server.url), before);
    let again = run_with(ledger.operator(&server.url).args(["ingest", "-"]), &lines).ok();
    assert!(again.contains("duplicates  2000"), "{again}");
    assert_eq!(report(&server.url), before);
}
