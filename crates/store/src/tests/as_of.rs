//! Reads as of earlier points, beside what the live read said then.

use exchequer_core::{
    Aggregation, AliasList, ClientId, Day, Family, Instant, MeteredRange, OrganizationId,
    TimeRange, Totals,
};
use exchequer_ledger::{NewEvent, Request, RequestBuilder, Seq};
use exchequer_support::{Database, Place};

use super::world::{ACME, NORTH, World, now, october, on_each_database};
use crate::catalog::meters::MeterDefinition;
use crate::catalog::{Actor, Deletion, Expect, Put, aliases, meters};
use crate::sql::params;
use crate::{AsOf, StoreError};

on_each_database!(
    as_of_a_point_the_totals_are_those_of_then,
    a_deleted_meter_is_gone_where_it_could_have_counted,
    a_point_that_is_not_reached_is_not_found,
    an_instant_finds_the_last_event_before_it,
    what_comes_later_touches_only_what_it_may_change,
);

/// What the live read said at a point.
struct Moment {
    organization: OrganizationId,
    range: TimeRange,
    as_of: AsOf,
    totals: Totals,
}

fn actor() -> Actor {
    Actor {
        client: ClientId::from_bytes([9; 16]),
        organization: ACME,
        at: now(),
    }
}

fn at(day: u32, hour: u32) -> Instant {
    let start = october(day).start().micros();
    Instant::from_micros(start + i64::from(hour) * 3_600_000_000)
}

fn range(from: (u32, u32), until: (u32, u32)) -> TimeRange {
    TimeRange::new(at(from.0, from.1), at(until.0, until.1)).expect("a range")
}

fn unique(event_type: &str) -> MeterDefinition {
    MeterDefinition {
        event_type: event_type.to_owned(),
        aggregation: Aggregation::Unique,
        quantity: None,
        round_up_each: None,
        peak_minutes: 30,
        family: None,
        shown_as: None,
        unreadable: None,
        excess_decimals: Default::default(),
        resources: Default::default(),
    }
}

impl World {
    /// Events of all hours and two types, some of them sessions of two days, and voids of
    /// some before them and of some that are yet to come.
    fn mixed(&self, ids: std::ops::Range<u32>) -> Request {
        let mut builder = RequestBuilder::new(self.store.partitions());
        builder.sent_by(Some(ClientId::from_bytes([7; 16])));
        for id in ids {
            let of = match id % 17 {
                3 => Some(id.saturating_sub(40)),
                5 => Some(id + 60),
                _ => None,
            };
            let whose = of.unwrap_or(id);
            let organization = if whose.is_multiple_of(3) { NORTH } else { ACME };
            let event = NewEvent {
                source: "/test",
                id: &format!("event-{id}"),
                kind: if id.is_multiple_of(4) {
                    "login"
                } else {
                    "call.ended"
                },
                subject: &format!("user-{}", id % 11),
                time: at(1 + whose * 7 % 28, whose % 24),
                data: "{\"minutes\":\"1.5\",\"seconds\":200000}",
                voids: &of.map_or(String::new(), |of| format!("event-{of}")),
            };
            builder.push(organization, event);
        }
        builder.build(&self.store.identity_key())
    }

    async fn take(&self, ids: std::ops::Range<u32>) {
        let request = self.mixed(ids);
        self.store.ingest(request, now()).await.expect("verdicts");
    }

    async fn point(&self, organization: OrganizationId) -> AsOf {
        let read = self.store.read_usage(organization, |usage| usage.now());
        read.await.expect("a point")
    }

    async fn totals_as_of(
        &self,
        organization: OrganizationId,
        range: TimeRange,
        as_of: AsOf,
    ) -> Result<Totals, StoreError> {
        let range = MeteredRange::utc(range);
        let read = move |usage: &crate::UsageView<'_>| usage.totals_as_of(range, &as_of);
        self.store.read_usage(organization, read).await
    }

    /// Remembers what the live read says now.
    async fn remember(&self, moments: &mut Vec<Moment>) {
        for organization in [ACME, NORTH] {
            for range in [range((1, 0), (31, 0)), range((3, 5), (20, 7))] {
                let read = self.store.read_usage(organization, move |usage| {
                    Ok((usage.now()?, usage.totals(MeteredRange::utc(range))?))
                });
                let (as_of, totals) = read.await.expect("totals");
                moments.push(Moment {
                    organization,
                    range,
                    as_of,
                    totals,
                });
            }
        }
    }

    /// Compares what is said of earlier points with what was said then.
    async fn look_back(&self, moments: &[Moment]) {
        for moment in moments {
            let Moment {
                organization,
                range,
                as_of,
                totals,
            } = moment;
            let said = self.totals_as_of(*organization, *range, *as_of).await;
            assert_eq!(said.expect("totals"), *totals, "{range:?} as of {as_of:?}");
            let report = self.store.read_usage(*organization, {
                let (range, as_of) = (MeteredRange::utc(*range), *as_of);
                move |usage| usage.report_as_of(range, &as_of)
            });
            let report = report.await.expect("a report");
            let usages = report.usages.iter();
            let said: Totals = usages.map(|it| (it.name.clone(), it.total)).collect();
            assert_eq!(said, *totals, "{range:?} as of {as_of:?}");
        }
    }

    async fn put_meter(&self, name: &'static str, definition: MeterDefinition, day: Day) {
        let put = self.store.database().write(move |tx| {
            meters::put(tx, &actor(), name, definition, Some(day), true, Expect::Any)
        });
        let put = put.await.expect("a meter");
        assert!(matches!(put, Put::Created(_) | Put::Changed(_)), "{put:?}");
        self.store.reload_meters().await.expect("meters");
    }

    async fn put_aliases(&self, pairs: &[(&str, &str)], day: Day) {
        let pairs = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        let list = AliasList::new(pairs).expect("a list");
        let put = self.store.database().write_in(ACME, move |tx| {
            aliases::put(tx, &actor(), ACME, &list, day, Expect::Any)
        });
        let put = put.await.expect("aliases");
        assert!(matches!(put, Put::Created(_) | Put::Changed(_)), "{put:?}");
    }
}

async fn as_of_a_point_the_totals_are_those_of_then(place: Place) {
    let mut world = World::new(place).await;
    world.add_meter(2, "hours", "call.ended", "hours").await;
    world.add_meter(3, "busy", "call.ended", "peak").await;
    let mut moments = Vec::new();
    world.remember(&mut moments).await;
    let tier = |rank| MeterDefinition {
        family: Some(Family {
            name: "tiers".to_owned(),
            rank,
        }),
        ..unique("login")
    };
    for step in 0..14 {
        match step {
            0 | 2 | 4 | 7 | 10 | 12 => world.take(step * 60..(step + 1) * 60).await,
            1 | 8 => world.store.fold().await.expect("a fold"),
            3 => world.put_meter("seats", unique("login"), october(4)).await,
            5 => world.put_aliases(&[("user-1", "user-2")], october(1)).await,
            6 => {
                world.store.fold().await.expect("a fold");
                world.store.tidy().await.expect("rollups made again");
            }
            9 => {
                world.put_meter("seats", tier(1), october(6)).await;
                let calls = MeterDefinition {
                    event_type: "call.ended".to_owned(),
                    ..tier(2)
                };
                world.put_meter("callers", calls, october(2)).await;
            }
            11 => world.put_aliases(&[("user-3", "user-2")], october(2)).await,
            _ => {
                world.store.fold().await.expect("a fold");
                world.store.tidy().await.expect("rollups made again");
                world = world.reopen();
            }
        }
        world.look_back(&moments).await;
        world.remember(&mut moments).await;
    }
    let different = moments.iter().filter(|it| it.totals != moments[0].totals);
    assert!(different.count() > 40, "nothing has changed");
    assert_eq!(world.verify().findings, 0);
}

async fn a_deleted_meter_is_gone_where_it_could_have_counted(place: Place) {
    let world = World::new(place).await;
    world.take(0..20).await;
    world.store.fold().await.expect("a fold");
    let before = world.point(ACME).await;
    world
        .put_meter("planned", unique("call.ended"), october(29))
        .await;
    let between = world.point(ACME).await;
    let deleted = world
        .store
        .database()
        .write(|tx| meters::delete(tx, &actor(), "planned", Expect::Any));
    assert_eq!(deleted.await.expect("an answer"), Deletion::Deleted);
    let after = world.point(ACME).await;
    assert!(before.meters < between.meters && between.meters < after.meters);
    world.take(20..300).await;
    let until = |day| range((1, 0), (day, 0));
    for (point, day) in [(before, 31), (between, 29), (after, 31)] {
        let totals = world.totals_as_of(ACME, until(day), point).await;
        assert_eq!(
            totals.expect("totals")["calls"].to_string(),
            "10",
            "{point:?}"
        );
    }
    let gone = world.totals_as_of(ACME, until(30), between).await;
    let Err(StoreError::Gone(why)) = gone else {
        panic!("{gone:?}");
    };
    let revision = between.meters;
    assert_eq!(
        why,
        format!("the meters of revision {revision} are gone: planned was deleted")
    );
}

async fn a_point_that_is_not_reached_is_not_found(place: Place) {
    let world = World::new(place).await;
    world.take(0..30).await;
    let now = world.point(ACME).await;
    let range = range((1, 0), (31, 0));
    assert!(world.totals_as_of(ACME, range, now).await.is_ok());
    for beyond in [
        AsOf {
            seq: Seq::new(now.seq.number() + 1),
            ..now
        },
        AsOf {
            meters: now.meters + 1,
            ..now
        },
        AsOf { aliases: 1, ..now },
    ] {
        let totals = world.totals_as_of(ACME, range, beyond).await;
        assert!(matches!(totals, Err(StoreError::NotFound)), "{totals:?}");
    }
}

async fn an_instant_finds_the_last_event_before_it(place: Place) {
    let world = World::new(place).await;
    let found = async |instant: i64| {
        let read = world.store.read_usage(ACME, move |usage| {
            usage.last_before(Instant::from_micros(instant))
        });
        read.await.expect("a seq").number()
    };
    assert_eq!(found(i64::MAX).await, 0, "there is no event");
    let mut next = 0;
    // Some come at one instant, and once the clock goes back.
    for (received, events) in [
        (10, 1),
        (10, 7),
        (12, 3),
        (11, 2),
        (30, 40),
        (31, 1),
        (50, 5),
    ] {
        let request = world.mixed(next..next + events);
        let received = Instant::from_micros(received);
        world
            .store
            .ingest(request, received)
            .await
            .expect("verdicts");
        next += events;
        if next == 11 {
            world.store.fold().await.expect("a fold");
        }
    }
    let marks = world.store.database().read(|db| {
        let query = "SELECT seq, received FROM mark WHERE partition = $1 ORDER BY seq";
        let home = db.partition_of(ACME)?.number();
        db.all(query, params![home], |row| {
            Ok((row.get::<u64>(0)?, row.get::<i64>(1)?))
        })
    });
    let marks = marks.await.expect("marks");
    assert!(marks.len() >= 5, "{marks:?}");
    for instant in (0..60).chain([i64::MIN, i64::MAX]) {
        let before = marks.iter().filter(|(_, received)| *received < instant);
        let last = before.map(|(seq, _)| *seq).max().unwrap_or(0);
        assert_eq!(found(instant).await, last, "before {instant} of {marks:?}");
    }
}

async fn what_comes_later_touches_only_what_it_may_change(place: Place) {
    let world = World::new(place).await;
    world.add_meter(2, "hours", "call.ended", "hours").await;
    world.take(0..30).await;
    let point = world.point(ACME).await;
    let touched = async |from: u32, until: u32| {
        let read = world.store.read_usage(ACME, move |usage| {
            let touched = usage.touched(range((1, 0), (31, 0)))?;
            touched.is_above(range((from, 0), (until, 0)), &point)
        });
        read.await.expect("an answer")
    };
    assert!(!touched(1, 31).await);
    // A session of 56 hours from the 10th on.
    let mut builder = RequestBuilder::new(world.store.partitions());
    let event = NewEvent {
        source: "/test",
        id: "late",
        kind: "call.ended",
        subject: "user-1",
        time: at(10, 1),
        data: "{\"seconds\":200000}",
        voids: "",
    };
    builder.push(ACME, event);
    let request = builder.build(&world.store.identity_key());
    world.store.ingest(request, now()).await.expect("a verdict");
    for folded in [false, true] {
        if folded {
            world.store.fold().await.expect("a fold");
        }
        let days = [
            (1, 10),
            (9, 10),
            (10, 11),
            (11, 12),
            (12, 13),
            (13, 14),
            (13, 31),
        ];
        let mut answers = Vec::new();
        for (from, until) in days {
            answers.push(touched(from, until).await);
        }
        assert_eq!(answers, [false, false, true, true, true, false, false]);
    }
}
