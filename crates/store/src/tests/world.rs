//! A ledger to tell stories about, on either database.

use exchequer_core::{Day, Instant, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::{NewEvent, Partitions, Request, RequestBuilder, Verdict};
use exchequer_support::Place;

use crate::sql::params;
use crate::{Checked, Finding, Location, Observer, PostgresConfig, Store, StoreError};

pub(super) const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
pub(super) const NORTH: OrganizationId = OrganizationId::from_bytes([2; 16]);

pub(super) fn location(place: &Place) -> Location {
    match place {
        Place::Directory(directory) => directory.path().into(),
        Place::Database(database) => PostgresConfig::new(database.url()).into(),
    }
}

pub(super) struct World {
    pub(super) store: Store,
    pub(super) place: Place,
}

impl World {
    /// A ledger of several partitions; one of one is what all others try.
    pub(super) async fn new(place: Place) -> Self {
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

    pub(super) async fn add_organizations(&self) {
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

    pub(super) async fn add_meter(
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
                "UPDATE counter SET value = $1 WHERE name IN ('meter', 'meter_revision')",
                params![number],
            )?;
            Ok(())
        });
        added.await.expect("a meter");
        self.store.reload_meters().await.expect("meters");
    }

    /// Everything that is stored, against its events.
    pub(super) fn verify(&self) -> Checked {
        struct Nothing;
        impl Observer for Nothing {
            fn found(&mut self, finding: Finding) {
                panic!("{finding:?}");
            }
        }
        // It waits for the database.
        let verified = tokio::task::block_in_place(|| {
            crate::verify(location(&self.place), &mut Nothing, |_, _| Ok(0))
        });
        verified.expect("it can be read")
    }

    pub(super) fn reopen(self) -> Self {
        self.store.close();
        drop(self.store);
        let store = Store::open(location(&self.place)).expect("it opens again");
        Self {
            store,
            place: self.place,
        }
    }

    pub(super) fn batch(&self, ids: std::ops::Range<u32>, data: &str) -> Request {
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
    pub(super) fn correction(&self, of: u32) -> Request {
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

    pub(super) async fn send(&self, ids: std::ops::Range<u32>) -> Result<Vec<Verdict>, StoreError> {
        let admission = self.store.ingest(self.batch(ids, ""), now()).await?;
        Ok(admission.verdicts)
    }

    pub(super) async fn calls(&self, organization: OrganizationId) -> Quantity {
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

    /// Returns the number of seqs that were given, in all partitions.
    pub(super) async fn seqs(&self) -> i64 {
        let given = self.store.database().read(|db| {
            db.one(
                "SELECT cast(sum(last) AS BIGINT) FROM head",
                params![],
                |row| row.get(0),
            )
        });
        given.await.expect("a sum")
    }

    pub(super) async fn all(&self) -> u64 {
        let (acme, north) = (self.calls(ACME).await, self.calls(NORTH).await);
        let sum = acme.checked_add(north).expect("a sum");
        sum.to_string().parse().expect("a count")
    }
}

pub(super) fn october(day: u32) -> Day {
    Day::from_ymd(2026, 10, day).expect("a day")
}

pub(super) fn now() -> Instant {
    Day::from_ymd(2026, 11, 1).expect("a day").start()
}

pub(super) fn count(verdicts: &[Verdict], wanted: Verdict) -> usize {
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

pub(super) use on_each_database;
