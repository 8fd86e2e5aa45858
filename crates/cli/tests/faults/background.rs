//! Work in the background that fails for a while: folds, merges, re-rolls and
//! checkpoints. Reports stay exact, and it is made up for.

use crate::platform::{CUSTOMER, FLAGS, Platform, calls};
use exchequer_support::program::Ledger;

/// The work that fails, by turns, and the name under which it is counted.
const POINTS: [(&str, &str); 10] = [
    ("fold.begun", "fold"),
    ("fold.computed", "fold"),
    ("fold.written", "fold"),
    ("fold.durable", "fold"),
    ("reroll.computed", "re-roll"),
    ("reroll.written", "re-roll"),
    ("merge.begun", "merge of identity runs"),
    ("merge.pieces", "merge of identity runs"),
    ("merge.written", "merge of identity runs"),
    ("checkpoint.begun", "checkpoint"),
];
const EVENTS: u64 = 200;
/// Requests by which each point must have been passed.
const MANY: u64 = 400;
/// A request is refused this often at most.
const ATTEMPTS: u32 = 500;

/// A request of calls, with one that voids the first of them.
fn request(number: u64) -> String {
    let void = format!(
        r#"{{"specversion":"1.0","id":"void-{number}","source":"/pbx","type":"correction","subject":"caller","time":"2024-10-02T08:00:00Z","organization":"{CUSTOMER}","voids":"{number}-0"}}"#
    );
    calls(number, EVENTS, 0) + &void + "\n"
}

async fn failures(platform: &Platform, what: &str) -> u64 {
    let metrics = platform.get("/metrics").await.body;
    let name = format!("exchequer_background_failures_total{{what=\"{what}\"}} ");
    let mut lines = metrics.as_str().unwrap().lines();
    let count = lines.find_map(|line| line.strip_prefix(&name));
    count.map_or(0, |count| count.parse().unwrap())
}

/// Sends a request until it is not refused for the moment; its status then.
async fn taken(platform: &Platform, number: u64) -> u16 {
    let mut status = 503;
    for _ in 0..ATTEMPTS {
        if status != 503 {
            break;
        }
        status = platform.send(request(number)).await.unwrap().status;
    }
    status
}

#[tokio::test]
async fn what_fails_in_the_background_is_made_up_for() {
    if cfg!(not(debug_assertions)) {
        eprintln!("SKIPPED: fault points are in builds with debug assertions only");
        return;
    }
    let ledger = Ledger::init();
    let faults = ledger.faults();
    let variables = [
        ("EXCHEQUER_FAULTS", faults.to_str().unwrap()),
        ("EXCHEQUER_FAULT_FOLD_AT", "1000"),
        ("EXCHEQUER_FAULT_CHECKPOINT_AT", "100000"),
    ];
    let server = ledger.serve_with(&FLAGS, &variables);
    let platform = Platform::start(&server.url, &ledger.id, &ledger.secret).await;
    let mut requests = 0;
    for (point, what) in POINTS {
        let before = failures(&platform, what).await;
        std::fs::write(&faults, format!("{point} fail\n")).unwrap();
        let first = requests;
        while failures(&platform, what).await == before {
            assert!(requests < first + MANY, "{point} was not passed");
            // A commit while the ledger is read again is refused, and comes again.
            assert_eq!(taken(&platform, requests).await, 200, "{point}");
            requests += 1;
        }
        let counted = platform.calls().await;
        assert_eq!(counted, requests * (EVENTS - 1), "{point} failed");
        std::fs::remove_file(&faults).unwrap();
    }
    for number in 0..requests {
        assert_eq!(platform.keep(request(number)).await, 0);
    }
    assert_eq!(platform.calls().await, requests * (EVENTS - 1));
    let (status, logs) = server.terminate();
    assert!(status.success(), "{logs}");
    assert!(logs.contains("it will be tried again"), "loudly: {logs}");
    let verified = ledger.program().arg("verify").output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
}
