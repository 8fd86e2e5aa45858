//! The write-ahead log of a directory, where nobody sends events.

use std::fs;
use std::time::Duration;

use exchequer_core::{ClientId, Day, OrganizationId};
use exchequer_support::measure::Stopwatch;

use crate::catalog::Actor;
use crate::{Location, Store, audit};

const OPERATOR: OrganizationId = OrganizationId::from_bytes([1; 16]);

/// Each changed row counts as a page: more than is kept between two checkpoints.
const ROWS: u32 = 5_000;

#[tokio::test]
async fn changes_alone_are_moved_from_the_log_to_the_database() {
    let directory = tempfile::tempdir().expect("a directory");
    Store::create(directory.path(), [7; 16]).expect("a ledger");
    let store = Store::open(Location::from(directory.path())).expect("a store");
    let size = || {
        let file = fs::metadata(directory.path().join("exchequer.db"));
        file.expect("the database").len()
    };
    let before = size();
    let actor = Actor {
        client: ClientId::from_bytes([9; 16]),
        organization: OPERATOR,
        at: Day::from_number(20_000).start(),
    };
    let detail = "x".repeat(400);
    let write = store.database().write(move |tx| {
        for _ in 0..ROWS {
            let entry = audit::Entry {
                organization: OPERATOR,
                action: "test",
                object: "test",
                detail: &detail,
            };
            audit::record(tx, &actor, &entry)?;
        }
        Ok(())
    });
    write.await.expect("a change");
    // The folder's thread does it.
    let waiting = Stopwatch::start();
    while size() < before + u64::from(ROWS) * 400 {
        let waited = waiting.elapsed();
        assert!(waited < Duration::from_secs(30), "they stay in the log");
        tokio::task::yield_now().await;
    }
}
