//! `exchequer migrate`: an embedded ledger moves up into PostgreSQL.

use exchequer_support::Database;
use serde_json::Value;

use crate::run::{World, login, run, run_with};
use exchequer_support::{Ledger, Place, Server};

const MONTH: [&str; 4] = ["--from", "2026-10-01", "--to", "2026-11-01"];

#[test]
fn a_ledger_moves_into_a_database_with_everybody_in_it() {
    let Some(database) = Database::new() else {
        return;
    };
    let url = database.url();
    let World { ledger, server } = World::of(Ledger::init_in(Place::directory()), &[]);
    let lines: String = (0..500)
        .map(|n| {
            login(
                &format!("e-{n}"),
                &format!("user-{}", n % 40),
                "2026-10-05T08:00:00Z",
            )
        })
        .collect();
    run_with(ledger.operator(&server.url).args(["ingest", "-"]), &lines).ok();
    let report = |server: &Server| {
        let mut command = ledger.operator(&server.url);
        let report = command.arg("report").args(MONTH);
        run(report.args(["--organization", crate::run::ACME, "--format", "json"])).ok()
    };
    let before = report(&server);
    let migrate = || {
        let mut command = ledger.program();
        let migrate = command.args(["migrate", "--from", "exchequer-data", "--to", &url]);
        run(migrate.args(["--format", "json"]))
    };
    migrate().failed(1, "another process");
    let (status, logs) = server.terminate();
    assert!(status.success(), "{logs}");

    let copied: Value = serde_json::from_str(&migrate().ok()).unwrap();
    assert_eq!(copied["events"], 500);
    assert_eq!(copied["digest"].as_str().map(str::len), Some(32));
    migrate().failed(1, "already");
    let verified = run(ledger.program().args(["verify", "--database-url", &url])).ok();
    assert!(
        verified.starts_with("sound: 500 events folded"),
        "{verified}"
    );

    // The operator's client is known there, and so is every event.
    let moved = ledger.serve(&["--database-url", &url]);
    assert_eq!(report(&moved), before);
    let again = run_with(ledger.operator(&moved.url).args(["ingest", "-"]), &lines).ok();
    assert!(again.contains("duplicates  500"), "{again}");
}

#[test]
fn where_to_is_asked() {
    let ledger = Ledger::init_in(Place::directory());
    let nowhere = run(ledger
        .program()
        .args(["migrate", "--from", "exchequer-data"]));
    nowhere.failed(2, "EXCHEQUER_DATABASE_URL");
    let none = run(ledger.program().args([
        "migrate",
        "--from",
        "nowhere",
        "--to",
        "postgres://127.0.0.1/x",
    ]));
    none.failed(1, "exchequer init");
}
