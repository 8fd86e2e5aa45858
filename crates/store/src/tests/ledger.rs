//! The ledger on the real database: restarts, failing commits, racing repeats.

use exchequer_core::TimeRange;
use exchequer_ledger::{NewEvent, RequestBuilder, Verdict};
use exchequer_support::{Database, Place};

use super::world::{ACME, NORTH, World, count, location, now, october, on_each_database};
use crate::sql::params;
use crate::{Store, StoreError};

on_each_database!(
    events_count_once_before_and_after_folds_and_restarts,
    what_comes_after_a_restart_is_in_the_tail_before_anybody_reads,
    what_is_taken_back_counts_nowhere_whichever_came_first,
    one_event_through_two_connections_counts_once,
    identity_runs_merge_and_still_know_every_event,
    a_meter_that_comes_later_counts_what_was_kept,
    a_damaged_day_does_not_keep_others_from_being_rolled_up,
);

async fn events_count_once_before_and_after_folds_and_restarts(place: Place) {
    let mut world = World::new(place).await;
    assert_eq!(
        count(&world.send(0..100).await.unwrap(), Verdict::Accepted),
        100
    );
    for round in 0..3 {
        assert_eq!(world.all().await, 100, "round {round}");
        assert_eq!(world.seqs().await, 100, "round {round}");
        assert_eq!(
            count(&world.send(0..100).await.unwrap(), Verdict::Duplicate),
            100
        );
        let changed = world
            .store
            .ingest(world.batch(0..100, "{\"a\":1}"), now())
            .await
            .unwrap();
        assert_eq!(
            count(&changed.verdicts, Verdict::Conflict { client: None }),
            100
        );
        match round {
            0 => world.store.fold().await.unwrap(),
            _ => world = world.reopen(),
        }
    }
    let mixed = world.send(50..150).await.unwrap();
    assert_eq!(count(&mixed, Verdict::Duplicate), 50);
    assert_eq!(mixed[..50], [Verdict::Duplicate; 50]);
    assert_eq!(world.all().await, 150);
    assert_eq!(world.seqs().await, 150);
    let checked = world.verify();
    assert_eq!((checked.folded, checked.unfolded), (100, 50));
    assert_eq!((checked.organizations, checked.findings), (2, 0));
}

/// Unfolded events ask for folds and slow ingestion down, also where nobody reads
/// them.
async fn what_comes_after_a_restart_is_in_the_tail_before_anybody_reads(place: Place) {
    let mut world = World::new(place).await;
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    assert_eq!(world.store.statistics().tail_events, 0);
    world = world.reopen();
    world.send(100..130).await.unwrap();
    assert_eq!(world.store.statistics().tail_events, 30);
    world.store.fold().await.unwrap();
    assert_eq!(world.store.statistics().tail_events, 0);
    assert_eq!(world.verify().folded, 130);
}

async fn what_is_taken_back_counts_nowhere_whichever_came_first(place: Place) {
    let mut world = World::new(place).await;
    world.send(0..40).await.unwrap();
    world.store.fold().await.unwrap();
    // Of one that is folded, one that is not, and one that has not come.
    world.send(40..60).await.unwrap();
    for (of, left) in [(7, 59), (45, 58), (70, 58)] {
        let batch = world.correction(of);
        let answer = world.store.ingest(batch, now()).await.unwrap();
        assert_eq!(answer.verdicts, [Verdict::Accepted]);
        assert_eq!(answer.unmatched, u64::from(of == 70));
        assert_eq!(world.all().await, left, "after the correction of {of}");
    }
    world.send(60..80).await.unwrap();
    for step in 0..4 {
        assert_eq!(world.all().await, 77, "step {step}");
        match step {
            0 => world.store.fold().await.unwrap(),
            // Closed before the corrected days were rolled up again.
            1 => world = world.reopen(),
            _ => world.store.tidy().await.unwrap(),
        }
    }
    let again = world
        .store
        .ingest(world.correction(7), now())
        .await
        .unwrap();
    assert_eq!(again.verdicts, [Verdict::Duplicate]);
    assert_eq!(stale(&world).await, 0);
}

async fn stale(world: &World) -> i64 {
    let stale = world.store.database().read(|db| {
        let query = "SELECT count(*) FROM rollup WHERE revision = 0";
        db.one(query, params![], |row| row.get(0))
    });
    stale.await.expect("a count")
}

async fn one_event_through_two_connections_counts_once(place: Place) {
    let world = World::new(place).await;
    for round in 0..20 {
        let ids = round * 50..round * 50 + 50;
        let (a, b) = tokio::join!(world.send(ids.clone()), world.send(ids));
        let accepted = [a.unwrap(), b.unwrap()].concat();
        assert_eq!(count(&accepted, Verdict::Accepted), 50);
        assert_eq!(count(&accepted, Verdict::Duplicate), 50);
    }
    assert_eq!(world.all().await, 1000);
}

/// A full disk, as SQLite reports it: the database may not grow any more (a
/// limit below its size stands for its size). Or as much room as there can be.
async fn fill_disk(world: &World, full: bool) {
    let limited = world.store.database().write(move |tx| {
        let query = if full {
            "PRAGMA max_page_count = 1"
        } else {
            "PRAGMA max_page_count = 4294967294"
        };
        tx.one(query, params![], |_| Ok(()))
    });
    limited.await.expect("a limit");
}

#[tokio::test]
async fn a_commit_that_failed_never_makes_its_retry_a_duplicate() {
    let world = World::new(Place::directory()).await;
    world.send(0..100).await.unwrap();
    fill_disk(&world, true).await;
    let refused = world.send(100..9_000).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(world.all().await, 100);
    // Folding needs room too; it fails without losing anything.
    assert!(world.store.fold().await.is_err());
    assert_eq!(world.all().await, 100);
    fill_disk(&world, false).await;
    assert_eq!(
        count(&world.send(100..9_000).await.unwrap(), Verdict::Accepted),
        8_900
    );
    world.store.fold().await.unwrap();
    assert_eq!(world.all().await, 9_000);
    let world = world.reopen();
    assert_eq!(
        count(&world.send(0..9_000).await.unwrap(), Verdict::Duplicate),
        9_000
    );
}

async fn identity_runs_merge_and_still_know_every_event(place: Place) {
    let world = World::new(place).await;
    for round in 0..40 {
        world.send(round * 10..round * 10 + 10).await.unwrap();
        world.store.fold().await.unwrap();
    }
    world.store.tidy().await.unwrap();
    let runs: i64 = world
        .store
        .database()
        .read(|db| {
            let query = "SELECT count(*) FROM identity_run";
            db.one(query, params![], |row| row.get(0))
        })
        .await
        .unwrap();
    assert!(runs <= 9, "{runs} runs");
    assert_eq!(
        count(&world.send(0..400).await.unwrap(), Verdict::Duplicate),
        400
    );
    let world = world.reopen();
    assert_eq!(
        count(&world.send(0..400).await.unwrap(), Verdict::Duplicate),
        400
    );
    assert_eq!(world.all().await, 400);
}

async fn a_meter_that_comes_later_counts_what_was_kept(place: Place) {
    let world = World::new(place).await;
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    world.add_meter(2, "users", "call.ended", "unique").await;
    let range = TimeRange::new(october(1).start(), october(31).start()).unwrap();
    for _ in 0..2 {
        // First through segments, then through the rollups made again.
        let report = world.store.usage(ACME, range).await.unwrap();
        let names: Vec<&str> = report
            .usages
            .iter()
            .map(|usage| usage.name.as_str())
            .collect();
        assert_eq!(names, ["calls", "users"]);
        assert_eq!(report.usages[1].resources.len(), 10);
        world.store.tidy().await.unwrap();
    }
}

async fn a_damaged_day_does_not_keep_others_from_being_rolled_up(place: Place) {
    let world = World::new(place).await;
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    let damage = world.store.database().write(|tx| {
        let days = tx.execute(
            "UPDATE segment SET blob = $1 WHERE organization = $2 AND day = $3",
            params![[0_u8; 64], ACME.as_bytes(), october(2).number()],
        )?;
        assert_eq!(days, 1);
        Ok(())
    });
    damage.await.unwrap();
    world.add_meter(2, "users", "call.ended", "unique").await;
    world.store.tidy().await.unwrap();
    let old = world.store.database().read(|db| {
        let query = "SELECT day FROM rollup WHERE revision < 2";
        db.all(query, params![], |row| row.get::<i32>(0))
    });
    assert_eq!(old.await.unwrap(), [october(2).number()]);
    let range = TimeRange::new(october(3).start(), october(31).start()).unwrap();
    let report = world.store.usage(ACME, range).await.unwrap();
    assert_eq!(report.usages.len(), 2);
}

#[tokio::test]
async fn a_second_process_is_refused_and_damage_is_named() {
    let world = World::new(Place::directory()).await;
    assert!(Store::open(location(&world.place)).is_err());
    assert!(matches!(
        Store::create(location(&world.place), [1; 16]),
        Err(StoreError::Unavailable(_))
    ));
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    let damage = world
        .store
        .database()
        .write(|tx| tx.execute("UPDATE rollup SET blob = $1", params![[0_u8; 64]]));
    damage.await.unwrap();
    let range = TimeRange::new(october(1).start(), october(31).start()).unwrap();
    match world.store.usage(ACME, range).await {
        Err(StoreError::Corrupt { what, .. }) => assert!(what.contains("rollup"), "{what}"),
        other => panic!("{:?}", other.map(|report| report.usages)),
    }
}

/// Another node may delete one after ingestion has checked that it exists; no foreign
/// key stands in the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_an_organization_that_is_gone_are_not_kept() {
    let Some(database) = Database::new() else {
        return;
    };
    let world = World::new(Place::Database(database)).await;
    world.send(0..10).await.unwrap();
    let delete = world.store.database().write(|tx| {
        tx.execute(
            "DELETE FROM organization WHERE id = $1",
            params![NORTH.as_bytes()],
        )?;
        let statement = "UPDATE counter SET value = value + 1 WHERE name = 'organizations'";
        tx.execute(statement, params![])
    });
    assert_eq!(delete.await.unwrap(), 1);
    let refused = world.send(10..20).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert_eq!(world.seqs().await, 10);
    let mut builder = RequestBuilder::new(world.store.partitions());
    let event = NewEvent {
        source: "/test",
        id: "of-acme",
        kind: "call.ended",
        subject: "ada",
        time: october(1).start(),
        data: "",
        voids: "",
    };
    builder.push(ACME, event);
    let request = builder.build(&world.store.identity_key());
    let kept = world.store.ingest(request, now()).await.unwrap();
    assert_eq!(kept.verdicts, [Verdict::Accepted]);
}
