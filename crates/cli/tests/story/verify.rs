//! `exchequer verify`: a sound ledger, served or not, and one that was
//! changed behind the server's back.

use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::Value;

use crate::run::{Run, World, login, run, run_with};
use exchequer_support::{Ledger, Place};

/// A ledger of folded events on some days, and none that is not.
fn folded() -> Ledger {
    let World { ledger, server } = World::of(Ledger::init_in(Place::directory()), &[]);
    let lines: String = (0..6_000)
        .map(|number| {
            let time = format!("2025-10-{:02}T08:00:00Z", 1 + number % 5);
            login(
                &format!("e-{number}"),
                &format!("user-{}", number % 700),
                &time,
            )
        })
        .collect();
    run_with(ledger.operator(&server.url).args(["ingest", "-"]), &lines).ok();
    // Served: what is acknowledged is sound at any moment.
    assert!(verify(&ledger).ok().starts_with("sound: "));
    drop(server);
    fold(&ledger);
    ledger
}

/// Folds everything, as the server does after a pause.
fn fold(ledger: &Ledger) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = exchequer_store::Store::open(&data(ledger)).unwrap();
    runtime.block_on(store.fold()).unwrap();
    store.close();
}

fn data(ledger: &Ledger) -> PathBuf {
    let program = ledger.program();
    program.get_current_dir().unwrap().join("exchequer-data")
}

fn verify(ledger: &Ledger) -> Run {
    run(ledger.program().arg("verify"))
}

#[test]
fn a_ledger_that_was_tampered_with_is_named_in_all_places() {
    let ledger = folded();
    let told = verify(&ledger).ok();
    assert_eq!(
        told,
        "sound: 6000 events folded, 0 not yet; 1 organisations, 5 days; 6000 identities in 1 runs\n"
    );
    let database = Connection::open(data(&ledger).join("exchequer.db")).unwrap();
    let cut = "SET blob = CAST(substr(blob, 1, length(blob) - 1) || x'00' AS BLOB)";
    for change in [
        &format!("UPDATE rollup {cut} WHERE day = (SELECT min(day) FROM rollup)"),
        "UPDATE rollup SET blob = (SELECT blob FROM rollup ORDER BY day LIMIT 1 OFFSET 1)
         WHERE day = (SELECT max(day) FROM rollup)",
        &format!("UPDATE identity_page {cut} WHERE page = 2"),
        "DELETE FROM mark",
    ] {
        assert!(database.execute(change, []).unwrap() > 0, "{change}");
    }
    let told = verify(&ledger);
    assert_eq!(told.code, 8, "{told:?}");
    let acme = crate::run::ACME;
    let lines: Vec<&str> = told.out.lines().collect();
    for finding in [
        format!("rollup {acme}/2025-10-01: the checksum does not match"),
        format!("rollup {acme}/2025-10-05: meter users: "),
        "identity_page 0/2: the checksum does not match".to_owned(),
        "mark 6000: it is missing".to_owned(),
        "4 findings: ".to_owned(),
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(&finding)),
            "{finding}: {told:?}"
        );
    }
    let json = run(ledger.program().args(["verify", "--format", "json"]));
    assert_eq!(json.code, 8, "{json:?}");
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["sound"], false);
    assert_eq!(report["findings"].as_array().unwrap().len(), 4, "{report}");
    assert_eq!(
        report["findings"][0]["place"],
        format!("rollup {acme}/2025-10-01")
    );
}

/// SQLite's own pages: whatever lies on the damaged ones is named, the rest is
/// looked at all the same.
#[test]
fn a_damaged_file_is_named() {
    use std::os::unix::fs::FileExt;
    let ledger = folded();
    let path = data(&ledger).join("exchequer.db");
    {
        let database = Connection::open(&path).unwrap();
        database
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
    }
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 8192;
    assert!(pages > 20, "{pages}");
    // Some are free, and nobody's.
    for page in (5..pages).step_by(2) {
        file.write_all_at(&[0xee; 900], page * 8192 + 3_000)
            .unwrap();
    }
    let told = verify(&ledger);
    assert_eq!(told.code, 8, "{told:?}");
    assert!(told.out.contains("database file: "), "{told:?}");
    // Not even a header: there is nothing to read, and that is said.
    file.write_all_at(&[0xee; 4_096], 0).unwrap();
    let told = verify(&ledger);
    assert_eq!(told.code, 8, "{told:?}");
    assert!(told.out.starts_with("database file: "), "{told:?}");
}

#[test]
fn without_a_ledger_there_is_nothing_to_verify() {
    let ledger = Ledger::init();
    let none = run(ledger.program().args(["verify", "--data", "nowhere"]));
    none.failed(1, "exchequer init");
    let empty = verify(&ledger).ok();
    assert!(
        empty.starts_with("sound: 0 events folded, 0 not yet; "),
        "{empty}"
    );
}
