//! A writer that stands still, and the queue in front of it.

use tokio::task::JoinSet;

use crate::platform::{FLAGS, Platform, calls};
use exchequer_support::program::Ledger;

/// Requests, each of about eight megabytes, or six once it is packed: too much
/// for the queue, and not for the memory that bodies may take.
const REQUESTS: u64 = 15;
const EVENTS: u64 = 2_000;
const FILLER: usize = 4_000;

#[tokio::test]
async fn a_full_queue_asks_to_come_back_and_loses_nothing() {
    if cfg!(not(debug_assertions)) {
        eprintln!("SKIPPED: fault points are in builds with debug assertions only");
        return;
    }
    let ledger = Ledger::init();
    let faults = ledger.faults();
    let variables = [("EXCHEQUER_FAULTS", faults.to_str().unwrap())];
    let server = ledger.serve_with(&FLAGS, &variables);
    let platform = Platform::start(&server.url, &ledger.id, &ledger.secret).await;
    assert_eq!(platform.keep(calls(1_000, 10, 0)).await, 10);

    std::fs::write(&faults, "commit.begun hold\n").unwrap();
    let mut sending = JoinSet::new();
    for number in 0..REQUESTS {
        let platform = platform.clone();
        sending.spawn(async move {
            let answer = platform.send(calls(number, EVENTS, FILLER)).await;
            (number, answer.unwrap())
        });
    }
    // Nothing is acknowledged while the writer holds, so the first answer is
    // a refusal.
    let (first, answer) = sending.join_next().await.unwrap().unwrap();
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.retry_after.as_deref(), Some("1"));
    assert_eq!(answer.body["code"], "too.many.requests.retry.after");
    // Others are served meanwhile.
    assert_eq!(platform.calls().await, 10);
    assert_eq!(platform.get("/health/ready").await.status, 200);

    std::fs::remove_file(&faults).unwrap();
    let (mut refused, mut accepted) = (vec![first], 0);
    while let Some(sent) = sending.join_next().await {
        let (number, answer) = sent.unwrap();
        match answer.status {
            200 => accepted += answer.body["accepted"].as_u64().unwrap(),
            429 => refused.push(number),
            _ => panic!("{answer:?}"),
        }
    }
    assert!(accepted >= 4 * EVENTS, "only {accepted} events waited");
    for number in refused {
        accepted += platform.keep(calls(number, EVENTS, FILLER)).await;
    }
    assert_eq!(accepted, REQUESTS * EVENTS);
    assert_eq!(platform.calls().await, 10 + accepted);
}
