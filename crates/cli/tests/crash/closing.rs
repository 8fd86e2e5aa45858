//! Periods that are being closed when the server dies, within a transaction: each is closed
//! once, in order, with what was used in it, and nothing is closed in part.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use exchequer_support::Random;
use exchequer_support::measure::Stopwatch;
use exchequer_support::program::{Ledger, Server};
use rusqlite::Connection;

use crate::number;

/// Contracts of one organisation each. A transaction closes those of 64.
const CONTRACTS: u64 = 200;

/// Periods of each, all over.
const PERIODS: u64 = 3;

const SOLD: &str = r#"
[closing]
billing_from = 2025-01-01
close_after = 0

[[meter]]
name = "users"
event_type = "user.login"
aggregation = "unique"

[[product]]
sku = "SEAT"
name = "Seats"
charge = "Seats"
meter = "users"
grouping = "user-license"
unit = "seat"
unit_of_measure = "User"
"#;

fn organization(number: u64) -> String {
    format!("22222222-2222-4222-8222-{number:012}")
}

fn catalog() -> String {
    let mut text = SOLD.to_owned();
    for number in 0..CONTRACTS {
        let organization = organization(number);
        let written = write!(
            text,
            r#"
[[organization]]
id = "{organization}"
name = "Customer {number}"

[[contract]]
number = "C-{number}"
organization = "{organization}"
subscription = "MONTH_TO_MONTH"
currency = "EUR"
start = 2025-01-01
end = 2025-03-31
[[contract.line]]
product = "SEAT"
overage_price = "10"
"#
        );
        written.expect("a string takes whatever is written");
    }
    text
}

/// Some users of each contract in each of its periods.
fn usage() -> String {
    let mut text = String::new();
    for number in 0..CONTRACTS {
        let organization = organization(number);
        for (month, user) in (1..=PERIODS).flat_map(|month| (0..=month).map(move |it| (month, it)))
        {
            let line = format!(
                r#"{{"specversion":"1.0","id":"{month}-{user}","source":"/s","type":"user.login","subject":"u-{user}","time":"2025-{month:02}-10T08:00:00Z","organization":"{organization}"}}"#
            );
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// A ledger in which everything is to be closed.
fn due() -> Ledger {
    let ledger = Ledger::init();
    let server = ledger.serve(&["--no-closing", "--rate-limit", "1000000"]);
    let files = [
        ("apply", ledger.write("catalog.toml", &catalog())),
        ("ingest", ledger.write("usage.ndjson", &usage())),
    ];
    for (command, file) in files {
        let mut command_line = ledger.operator(&server.url);
        let status = command_line
            .arg(command)
            .arg(file)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{command}");
    }
    let (status, told) = server.terminate();
    assert!(status.success(), "{told}");
    ledger
}

/// The number of contracts that have entries.
fn closed(ledger: &Ledger) -> u64 {
    let database = Connection::open(ledger.data().join("exchequer.db")).unwrap();
    let query = "SELECT count(DISTINCT contract) FROM billing_entry";
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_closed_is_closed_once_whenever_the_server_dies() {
    let seed = number("EXCHEQUER_SEED", 20_261_130);
    let kills = number("EXCHEQUER_CLOSING_KILLS", 20);
    let mut random = Random::new(seed);
    let mut ledger = due();
    for kill in 0..kills {
        let mut open = CONTRACTS - closed(&ledger);
        if open == 0 {
            check(&ledger);
            ledger = due();
            open = CONTRACTS;
        }
        let passes = 1 + random.below(open.min(100));
        println!("seed {seed}, kill {kill}: {open} are open, at pass {passes}");
        std::fs::write(ledger.faults(), format!("close.written kill {passes}\n")).unwrap();
        let server = serve(&ledger);
        if cfg!(debug_assertions) {
            let (status, told) = server.ended();
            assert!(!status.success(), "{told}");
        } else {
            server.kill();
        }
        let now = closed(&ledger);
        assert!(CONTRACTS - open <= now, "{now}");
    }
    std::fs::write(ledger.faults(), "").unwrap();
    let server = serve(&ledger);
    wait(&ledger);
    let (status, told) = server.terminate();
    assert!(status.success(), "{told}");
    check(&ledger);
}

/// A server that closes what is due as soon as it starts.
fn serve(ledger: &Ledger) -> Server {
    let faults = ledger.faults();
    ledger.serve_with(&[], &[("EXCHEQUER_FAULTS", faults.to_str().unwrap())])
}

fn wait(ledger: &Ledger) {
    let waiting = Stopwatch::start();
    while closed(ledger) < CONTRACTS {
        assert!(
            waiting.elapsed() < Duration::from_secs(60),
            "not all are closed"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Each contract has one entry for each period, in their order, and all that is rated again
/// is the same.
fn check(ledger: &Ledger) {
    let database = Connection::open(ledger.data().join("exchequer.db")).unwrap();
    let query = "SELECT count(*) FROM billing_entry
         WHERE kind = 'close' AND entry = number + 1 AND number < ?1";
    let entries: u64 = database
        .query_row(query, [PERIODS], |row| row.get(0))
        .unwrap();
    let all: u64 = database
        .query_row("SELECT count(*) FROM billing_entry", [], |row| row.get(0))
        .unwrap();
    assert_eq!((entries, all), (CONTRACTS * PERIODS, CONTRACTS * PERIODS));
    let verify = ledger.program().arg("verify").output().unwrap();
    assert!(verify.status.success(), "{verify:?}");
}
