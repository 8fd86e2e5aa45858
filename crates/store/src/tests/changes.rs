//! The feed of changes while many make them at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use exchequer_core::OrganizationId;
use exchequer_support::{Database, Place};

use super::world::{ACME, NORTH, World, now, on_each_database};
use crate::changes::{self, Change, NewChange, Position, Seen};
use crate::sql::{Snapshot, Transaction};
use crate::{Database as Ledger, StoreError};

on_each_database!(whoever_has_seen_a_change_has_seen_all_before_it);

const WRITERS: usize = 6;
const ROUNDS: usize = 20;

fn note(
    tx: &Transaction<'_>,
    organization: OrganizationId,
    object: &str,
) -> Result<(), StoreError> {
    tx.note_change(NewChange {
        at: now(),
        organization,
        action: "contract.put".to_owned(),
        object: object.to_owned(),
        version: 1,
    })
}

/// Changes of all kinds of transactions; every fourth of them is given up.
async fn write(ledger: Ledger, writer: usize) {
    for round in 0..ROUNDS {
        let name = format!("{writer}.{round:02}");
        // Shared catalog and tenants do not exclude one another, so only the head does.
        let made = match (writer + round) % 4 {
            0 => ledger.write(move |tx| note(tx, ACME, &name)).await,
            1 => ledger.write_in(ACME, move |tx| note(tx, ACME, &name)).await,
            2 => {
                let both = move |tx: &Transaction<'_>| {
                    note(tx, NORTH, &name)?;
                    note(tx, ACME, &name)?;
                    note(tx, NORTH, &format!("{name}.again"))
                };
                ledger.write_in_both([NORTH, ACME], both).await
            }
            _ => {
                let given_up = move |tx: &Transaction<'_>| {
                    note(tx, ACME, &name)?;
                    Err(StoreError::NotFound)
                };
                let refused: Result<(), StoreError> = ledger.write_in(ACME, given_up).await;
                assert!(matches!(refused, Err(StoreError::NotFound)));
                Ok(())
            }
        };
        made.expect("a change");
    }
}

async fn after(ledger: &Ledger, place: Position) -> Vec<Change> {
    let read = move |db: &Snapshot<'_>| changes::after(db, place, Seen::All, 1_000);
    let stretch = ledger.read(read).await.expect("changes");
    assert!(stretch.last >= place.number);
    stretch.changes
}

/// Reads what is new of each partition, and checks that nothing was left out on the way.
async fn follow(ledger: &Ledger, read: &mut BTreeMap<u32, Vec<Change>>) {
    for (partition, read) in read {
        let place = Position {
            partition: *partition,
            number: read.len() as u64,
        };
        for change in after(ledger, place).await {
            assert_eq!(change.number, read.len() as u64 + 1, "{change:?}");
            read.push(change);
        }
    }
}

async fn whoever_has_seen_a_change_has_seen_all_before_it(place: Place) {
    let world = World::new(place).await;
    let ledger = world.store.database().clone();
    let partitions = world.store.partitions();
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (ledger, done) = (ledger.clone(), Arc::clone(&done));
        let mut read: BTreeMap<_, _> = partitions.all().map(|it| (it.number(), vec![])).collect();
        tokio::spawn(async move {
            while !done.load(Ordering::Acquire) {
                follow(&ledger, &mut read).await;
            }
            // What was committed before the last writer ended is there now.
            follow(&ledger, &mut read).await;
            read
        })
    };
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(ledger.clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    done.store(true, Ordering::Release);
    let read = reader.await.expect("the reader");
    let home = |organization| partitions.partition_of(organization).number();
    let objects = |whose| read[&home(whose)].iter().map(|it| it.object.clone());
    for (whose, each) in [(ACME, 3), (NORTH, 2)] {
        let mut all: Vec<String> = objects(whose).collect();
        assert_eq!(all.len(), WRITERS * ROUNDS / 4 * each);
        // Each writer made its changes one after the other.
        for writer in 0..WRITERS {
            let of_one = all
                .iter()
                .filter(|it| it.starts_with(&format!("{writer}.")));
            assert!(of_one.is_sorted(), "{all:?}");
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), WRITERS * ROUNDS / 4 * each);
    }
    // A follower that begins later reads the same.
    for (partition, read) in read {
        let number = 0;
        assert_eq!(after(&ledger, Position { partition, number }).await, read);
    }
}
