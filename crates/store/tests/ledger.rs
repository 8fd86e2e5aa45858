//! The ledger on the real database: restarts, failing commits, racing repeats.

use exchequer_core::{Day, Instant, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::{Batch, BatchBuilder, NewEvent, Verdict};
use exchequer_store::{Store, StoreError};
use tempfile::TempDir;

const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
const NORTH: OrganizationId = OrganizationId::from_bytes([2; 16]);

struct World {
    directory: TempDir,
    store: Store,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a scratch directory");
        Store::create(directory.path(), [7; 16]).expect("a new ledger");
        let store = Store::open(directory.path()).expect("it opens");
        let world = Self { directory, store };
        world.add_meter(1, "calls", "call.ended", "count").await;
        world
    }

    async fn add_meter(
        &self,
        number: u32,
        name: &'static str,
        kind: &'static str,
        how: &'static str,
    ) {
        let added = self.store.database().write(move |transaction| {
            transaction.execute(
                "INSERT INTO meter (number, name) VALUES ($1, $2)",
                (number, name),
            )?;
            transaction.execute(
                "INSERT INTO meter_version (meter, version, begins, event_type, aggregation,
                                            peak_minutes, epoch)
                 VALUES ($1, 1, 0, $2, $3, 30, $1)",
                (number, kind, how),
            )?;
            transaction.execute(
                "UPDATE counter SET value = $1 WHERE name = 'meter_epoch'",
                [number],
            )?;
            Ok(())
        });
        added.await.expect("a meter");
        self.store.reload_meters().await.expect("meters");
    }

    fn reopen(self) -> Self {
        self.store.close();
        drop(self.store);
        let store = Store::open(self.directory.path()).expect("it opens again");
        Self {
            directory: self.directory,
            store,
        }
    }

    fn batch(&self, ids: std::ops::Range<u32>, data: &str) -> Batch {
        let mut builder = BatchBuilder::new();
        for id in ids {
            let organization = if id.is_multiple_of(3) { NORTH } else { ACME };
            let event = NewEvent {
                source: "/test",
                id: &format!("event-{id}"),
                kind: "call.ended",
                subject: &format!("user-{}", id % 10),
                time: october(1 + id % 28).start(),
                data,
            };
            builder.push(organization, event);
        }
        builder.build(&self.store.identity_key())
    }

    async fn send(&self, ids: std::ops::Range<u32>) -> Result<Vec<Verdict>, StoreError> {
        self.store.ingest(self.batch(ids, ""), now()).await
    }

    async fn calls(&self, organization: OrganizationId) -> Quantity {
        let range = TimeRange::new(october(1).start(), october(31).start()).expect("a range");
        let report = self
            .store
            .usage(organization, range)
            .await
            .expect("a report");
        report
            .usages
            .first()
            .map_or(Quantity::ZERO, |usage| usage.total)
    }

    /// What the ledger has numbered, folded or not.
    async fn last_seq(&self) -> i64 {
        let last = self.store.database().read(|connection| {
            let sql = "SELECT max(folded, coalesce((SELECT max(seq + events - 1) FROM journal), 0))
                       FROM ledger";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        });
        last.await.expect("a seq")
    }

    async fn all(&self) -> u64 {
        let (acme, north) = (self.calls(ACME).await, self.calls(NORTH).await);
        let sum = acme.checked_add(north).expect("a sum");
        sum.to_string().parse().expect("a count")
    }
}

fn october(day: u32) -> Day {
    Day::from_ymd(2026, 10, day).expect("a day")
}

fn now() -> Instant {
    Day::from_ymd(2026, 11, 1).expect("a day").start()
}

fn count(verdicts: &[Verdict], wanted: Verdict) -> usize {
    verdicts
        .iter()
        .filter(|verdict| **verdict == wanted)
        .count()
}

#[tokio::test]
async fn events_count_once_before_and_after_folds_and_restarts() {
    let mut world = World::new().await;
    assert_eq!(
        count(&world.send(0..100).await.unwrap(), Verdict::Accepted),
        100
    );
    for round in 0..3 {
        assert_eq!(world.all().await, 100, "round {round}");
        assert_eq!(world.last_seq().await, 100, "round {round}");
        assert_eq!(
            count(&world.send(0..100).await.unwrap(), Verdict::Duplicate),
            100
        );
        let changed = world
            .store
            .ingest(world.batch(0..100, "{\"a\":1}"), now())
            .await
            .unwrap();
        assert_eq!(count(&changed, Verdict::Conflict), 100);
        match round {
            0 => world.store.fold().await.unwrap(),
            _ => world = world.reopen(),
        }
    }
    let mixed = world.send(50..150).await.unwrap();
    assert_eq!(count(&mixed, Verdict::Duplicate), 50);
    assert_eq!(mixed[..50], [Verdict::Duplicate; 50]);
    assert_eq!(world.all().await, 150);
    assert_eq!(world.last_seq().await, 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_event_through_two_connections_counts_once() {
    let world = World::new().await;
    for round in 0..20 {
        let ids = round * 50..round * 50 + 50;
        let (a, b) = tokio::join!(world.send(ids.clone()), world.send(ids));
        let accepted = [a.unwrap(), b.unwrap()].concat();
        assert_eq!(count(&accepted, Verdict::Accepted), 50);
        assert_eq!(count(&accepted, Verdict::Duplicate), 50);
    }
    assert_eq!(world.all().await, 1000);
}

/// A full disk, as SQLite reports it: the database may not grow any more.
async fn limit_pages(world: &World, pages: Option<i64>) {
    let limited = world.store.database().write(move |transaction| {
        let current: i64 = transaction.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let most = pages.map_or(i64::from(u32::MAX - 1), |more| current + more);
        transaction.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
        Ok(())
    });
    limited.await.expect("a limit");
}

#[tokio::test]
async fn a_commit_that_failed_never_makes_its_retry_a_duplicate() {
    let world = World::new().await;
    world.send(0..100).await.unwrap();
    limit_pages(&world, Some(1)).await;
    let refused = world.send(100..9_000).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "{refused:?}");
    assert_eq!(world.all().await, 100);
    // Folding needs room too; it fails without losing anything.
    assert!(world.store.fold().await.is_err());
    assert_eq!(world.all().await, 100);
    limit_pages(&world, None).await;
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

#[tokio::test]
async fn identity_runs_merge_and_still_know_every_event() {
    let world = World::new().await;
    for round in 0..40 {
        world.send(round * 10..round * 10 + 10).await.unwrap();
        world.store.fold().await.unwrap();
    }
    world.store.tidy().await.unwrap();
    let runs: i64 = world
        .store
        .database()
        .read(|connection| {
            let sql = "SELECT count(*) FROM identity_run";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
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

#[tokio::test]
async fn a_meter_that_comes_later_counts_what_was_kept() {
    let world = World::new().await;
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    world.add_meter(2, "users", "call.ended", "unique").await;
    let range = TimeRange::new(october(1).start(), october(31).start()).unwrap();
    for _ in 0..2 {
        // First through segments, then through the rollups made anew.
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

#[tokio::test]
async fn a_second_process_is_refused_and_damage_is_named() {
    let world = World::new().await;
    assert!(Store::open(world.directory.path()).is_err());
    assert!(matches!(
        Store::create(world.directory.path(), [1; 16]),
        Err(StoreError::Unavailable(_))
    ));
    world.send(0..100).await.unwrap();
    world.store.fold().await.unwrap();
    let damage = world.store.database().write(|transaction| {
        transaction.execute("UPDATE rollup SET blob = zeroblob(length(blob))", [])?;
        Ok(())
    });
    damage.await.unwrap();
    let range = TimeRange::new(october(1).start(), october(31).start()).unwrap();
    match world.store.usage(ACME, range).await {
        Err(StoreError::Corrupt { what, .. }) => assert!(what.contains("rollup"), "{what}"),
        other => panic!("{:?}", other.map(|report| report.usages)),
    }
}
