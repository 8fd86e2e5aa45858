//! The ledger on the real database: restarts, failing commits, racing repeats.

use crate::sql::params;
use crate::{Checked, Finding, Location, Observer, PostgresConfig, Store, StoreError, UsageKey};
use exchequer_core::{Day, Instant, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::{NewEvent, Partitions, Request, RequestBuilder, Verdict};
use exchequer_support::{Database, Place};

const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
const NORTH: OrganizationId = OrganizationId::from_bytes([2; 16]);

fn location(place: &Place) -> Location {
    match place {
        Place::Directory(directory) => directory.path().into(),
        Place::Database(database) => PostgresConfig::new(database.url()).into(),
    }
}

struct World {
    store: Store,
    place: Place,
}

impl World {
    /// A ledger of several partitions; one of one is what all others try.
    async fn new(place: Place) -> Self {
        let partitions = Partitions::new(3);
        assert_ne!(
            partitions.partition_of(ACME),
            partitions.partition_of(NORTH)
        );
        Store::create_partitioned(location(&place), [7; 16], partitions).expect("a new ledger");
        let store = Store::open(location(&place)).expect("it opens");
        let world = Self { store, place };
        world.add_organizations().await;
        world.add_meter(1, "calls", "call.ended", "count").await;
        world
    }

    async fn add_organizations(&self) {
        let added = self.store.database().write(|tx| {
            for (id, name) in [(ACME, "Acme"), (NORTH, "North")] {
                tx.execute(
                    "INSERT INTO organization (id, name, version, changed) VALUES ($1, $2, 1, 0)",
                    params![id.as_bytes(), name],
                )?;
            }
            Ok(())
        });
        added.await.expect("organisations");
    }

    async fn add_meter(
        &self,
        number: u32,
        name: &'static str,
        kind: &'static str,
        how: &'static str,
    ) {
        let added = self.store.database().write(move |tx| {
            tx.execute(
                "INSERT INTO meter (number, name) VALUES ($1, $2)",
                params![number, name],
            )?;
            tx.execute(
                "INSERT INTO meter_version (meter, version, begins, event_type, aggregation,
                                            quantity, peak_minutes, revision)
                 VALUES ($1, 1, 0, $2, $3, $4, 30, $1)",
                params![number, kind, how, (how == "sum").then_some("minutes")],
            )?;
            tx.execute(
                "UPDATE counter SET value = $1 WHERE name = 'meter_revision'",
                params![number],
            )?;
            Ok(())
        });
        added.await.expect("a meter");
        self.store.reload_meters().await.expect("meters");
    }

    /// Everything that is stored, against its events.
    fn verify(&self) -> Checked {
        struct Nothing;
        impl Observer for Nothing {
            fn found(&mut self, finding: Finding) {
                panic!("{finding:?}");
            }
        }
        // It waits for the database.
        let verified =
            tokio::task::block_in_place(|| crate::verify(location(&self.place), &mut Nothing));
        verified.expect("it can be read")
    }

    fn reopen(self) -> Self {
        self.store.close();
        drop(self.store);
        let store = Store::open(location(&self.place)).expect("it opens again");
        Self {
            store,
            place: self.place,
        }
    }

    fn batch(&self, ids: std::ops::Range<u32>, data: &str) -> Request {
        let mut builder = RequestBuilder::new(self.store.partitions());
        for id in ids {
            let organization = if id.is_multiple_of(3) { NORTH } else { ACME };
            let event = NewEvent {
                source: "/test",
                id: &format!("event-{id}"),
                kind: "call.ended",
                subject: &format!("user-{}", id % 10),
                time: october(1 + id % 28).start(),
                data,
                voids: "",
            };
            builder.push(organization, event);
        }
        builder.build(&self.store.identity_key())
    }

    /// Takes back an event of [`World::batch`].
    fn correction(&self, of: u32) -> Request {
        let organization = if of.is_multiple_of(3) { NORTH } else { ACME };
        let mut builder = RequestBuilder::new(self.store.partitions());
        let event = NewEvent {
            source: "/test",
            id: &format!("correction-{of}"),
            kind: "taken.back",
            subject: "user-0",
            time: october(1 + of % 28).start(),
            data: "",
            voids: &format!("event-{of}"),
        };
        builder.push(organization, event);
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
    /// How many seqs were given, in all partitions.
    async fn seqs(&self) -> i64 {
        let given = self.store.database().read(|sql| {
            sql.one(
                "SELECT cast(sum(last) AS BIGINT) FROM head",
                params![],
                |row| row.get(0),
            )
        });
        given.await.expect("a sum")
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

/// Makes a test of each database out of a story.
macro_rules! on_each_database {
    ($($story:ident),* $(,)?) => {
        mod directory {
            use super::Place;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(Place::directory()).await;
            })*
        }

        mod postgres {
            use super::{Place, Database};
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(database) = Database::new() {
                    super::$story(Place::Database(database)).await;
                }
            })*
        }
    };
}

on_each_database!(
    events_count_once_before_and_after_folds_and_restarts,
    what_comes_after_a_restart_is_in_the_tail_before_anybody_reads,
    what_is_taken_back_counts_nowhere_whichever_came_first,
    one_event_through_two_connections_counts_once,
    identity_runs_merge_and_still_know_every_event,
    a_meter_that_comes_later_counts_what_was_kept,
    a_damaged_day_does_not_keep_others_from_being_rolled_up,
    what_a_report_reads_at_once_is_what_is_stored,
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
    assert_eq!(world.seqs().await, 150);
    let checked = world.verify();
    assert_eq!((checked.folded, checked.unfolded), (100, 50));
    assert_eq!((checked.organizations, checked.findings), (2, 0));
}

/// What is unfolded wishes for folds and slows ingestion down, also where
/// nobody reads it.
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
        assert_eq!(answer, [Verdict::Accepted]);
        assert_eq!(world.all().await, left, "after the correction of {of}");
    }
    world.send(60..80).await.unwrap();
    for step in 0..4 {
        assert_eq!(world.all().await, 77, "step {step}");
        match step {
            0 => world.store.fold().await.unwrap(),
            // Closed before the corrected days were rolled up anew.
            1 => world = world.reopen(),
            _ => world.store.tidy().await.unwrap(),
        }
    }
    let again = world
        .store
        .ingest(world.correction(7), now())
        .await
        .unwrap();
    assert_eq!(again, [Verdict::Duplicate]);
    assert_eq!(stale(&world).await, 0);
}

async fn stale(world: &World) -> i64 {
    let stale = world.store.database().read(|sql| {
        let query = "SELECT count(*) FROM rollup WHERE revision = 0";
        sql.one(query, params![], |row| row.get(0))
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
        .read(|sql| {
            let query = "SELECT count(*) FROM identity_run";
            sql.one(query, params![], |row| row.get(0))
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
    let old = world.store.database().read(|sql| {
        let query = "SELECT day FROM rollup WHERE revision < 2";
        sql.all(query, params![], |row| row.get::<i32>(0))
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

/// Another node may delete one after the door has looked for it; no foreign
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
    assert_eq!(kept, [Verdict::Accepted]);
}

impl World {
    /// Events of all hours of the month, and corrections of some before them.
    fn of_all_hours(&self, ids: std::ops::Range<u32>) -> Request {
        let mut builder = RequestBuilder::new(self.store.partitions());
        let time = |id: u32| at(1 + id % 28, id % 24);
        for id in ids {
            let organization = if id.is_multiple_of(3) { NORTH } else { ACME };
            let of = id.is_multiple_of(13).then(|| id.saturating_sub(6));
            let event = NewEvent {
                source: "/test",
                id: &format!("event-{id}"),
                kind: "call.ended",
                subject: &format!("user-{}", id % 10),
                time: time(of.unwrap_or(id)),
                data: "{\"minutes\":\"1.5\",\"seconds\":200000}",
                voids: &of.map_or(String::new(), |of| format!("event-{of}")),
            };
            builder.push(organization, event);
        }
        builder.build(&self.store.identity_key())
    }

    /// A contract that prices calls from the 21st on.
    async fn sell_calls(&self) {
        let sold = self.store.database().write(|tx| {
            let home = tx.partition_of(ACME)?.number();
            tx.execute(
                "INSERT INTO product (sku, name, charge, meter, grouping, unit, unit_of_measure,
                     bundle, third_party, cancellable, version, changed)
                 VALUES ('calls', '', '', 'calls', '', '', '', '1', 0, 0, 1, 0)",
                params![],
            )?;
            tx.execute(
                "INSERT INTO contract (partition, number, organization, currency, time_zone, starts,
                     version, changed)
                 VALUES ($1, 'C-1', $2, 'EUR', 'UTC', $3, 1, 0)",
                params![home, ACME.as_bytes(), at(21, 3).micros()],
            )?;
            tx.execute(
                "INSERT INTO contract_product (partition, contract, product, begins)
                 VALUES ($1, 'C-1', 'calls', $2)",
                params![home, at(21, 3).micros()],
            )
        });
        sold.await.expect("a contract");
    }

    /// Compares reports with totals that are read another way, row by row.
    async fn compare(&self, organization: OrganizationId, range: TimeRange) {
        let store = &self.store;
        let report = store.usage(organization, range).await.expect("a report");
        let key = store.usage_key(organization, range).await.expect("a key");
        assert_eq!(UsageKey::from(&report), key, "{range:?}");
        let priced = organization == ACME && range.end() > at(21, 3) && !range.is_empty();
        assert_eq!(report.entitled.is_empty(), !priced, "{range:?}");
        for meter in ["calls", "minutes", "hours"] {
            let series = store.usage_series(organization, meter.to_owned(), vec![range]);
            let Some(series) = series.await.expect("a series") else {
                continue;
            };
            let usage = report.usages.iter().find(|usage| usage.name == meter);
            let total = usage.map_or(Quantity::ZERO, |usage| usage.total);
            assert_eq!(
                vec![total],
                series,
                "{meter} of {organization} in {range:?}"
            );
        }
    }

    async fn compare_all(&self) {
        for organization in [ACME, NORTH] {
            for start in [at(1, 0), at(3, 5), at(20, 0), at(20, 7), at(20, 8)] {
                for end in [at(20, 8), at(21, 0), at(27, 23), at(28, 0)] {
                    let range = TimeRange::new(start, end).expect("a range");
                    self.compare(organization, range).await;
                }
            }
        }
    }
}

fn at(day: u32, hour: u32) -> Instant {
    let start = october(day).start().micros();
    Instant::from_micros(start + i64::from(hour) * 3_600_000_000)
}

async fn what_a_report_reads_at_once_is_what_is_stored(place: Place) {
    let world = World::new(place).await;
    world.add_meter(2, "hours", "call.ended", "hours").await;
    world.sell_calls().await;
    world.compare_all().await;
    for round in 0..3 {
        let request = world.of_all_hours(round * 200..(round + 1) * 200);
        let verdicts = world.store.ingest(request, now()).await.expect("verdicts");
        assert_eq!(count(&verdicts, Verdict::Accepted), 200);
        world.compare_all().await;
        match round {
            // Rollups of before know nothing of it.
            1 => world.add_meter(3, "minutes", "call.ended", "sum").await,
            _ => world.store.fold().await.expect("a fold"),
        }
        world.compare_all().await;
    }
    world.store.tidy().await.expect("rollups made anew");
    world.compare_all().await;
}
