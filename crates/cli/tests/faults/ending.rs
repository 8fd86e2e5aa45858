//! An end under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::platform::{FLAGS, Platform, calls};
use exchequer_support::program::Ledger;

const CONNECTIONS: u64 = 4;
const EVENTS: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_under_load_comes_in_time_and_keeps_what_was_acknowledged() {
    let ledger = Ledger::init();
    let server = ledger.serve(&FLAGS);
    let platform = Platform::start(&server.url, &ledger.id, &ledger.secret).await;
    let (next, kept) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let enough = Arc::new(Notify::new());
    let mut senders = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (platform, enough) = (platform.clone(), Arc::clone(&enough));
        let (next, kept) = (Arc::clone(&next), Arc::clone(&kept));
        senders.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                match platform.send(calls(number, EVENTS, 10)).await {
                    Some(answer) if answer.status == 200 => {
                        if kept.fetch_add(1, Ordering::Relaxed) > 30 {
                            enough.notify_one();
                        }
                    }
                    // The end has begun: refused, or nobody is there any more.
                    Some(answer) => return assert_eq!(answer.status, 503, "{answer:?}"),
                    None => return,
                }
            }
        });
    }
    enough.notified().await;
    let ending = tokio::task::spawn_blocking(move || server.terminate());
    let ended = tokio::time::timeout(Duration::from_secs(10), ending).await;
    let (status, logs) = ended.expect("it ends within ten seconds").unwrap();
    assert!(status.success(), "{logs}");
    while let Some(sender) = senders.join_next().await {
        sender.unwrap();
    }

    let server = ledger.serve(&FLAGS);
    let platform = platform.at(&server.url);
    let (sent, kept) = (next.load(Ordering::Relaxed), kept.load(Ordering::Relaxed));
    let before = platform.calls().await;
    assert!((kept * EVENTS..=sent * EVENTS).contains(&before));
    let mut accepted = 0;
    for number in 0..sent {
        accepted += platform.keep(calls(number, EVENTS, 10)).await;
    }
    assert_eq!(before + accepted, sent * EVENTS);
    assert_eq!(platform.calls().await, sent * EVENTS);
}
