//! Reports on the real database, beside totals that are read another way.

use exchequer_core::{Instant, OrganizationId, Quantity, TimeRange};
use exchequer_ledger::{NewEvent, Request, RequestBuilder, Verdict};
use exchequer_support::{Database, Place};

use super::world::{ACME, NORTH, World, count, now, october, on_each_database};
use crate::UsageKey;
use crate::sql::params;

on_each_database!(what_a_report_reads_at_once_is_what_is_stored);

async fn what_a_report_reads_at_once_is_what_is_stored(place: Place) {
    let world = World::new(place).await;
    world.add_meter(2, "hours", "call.ended", "hours").await;
    world.sell_calls().await;
    world.compare_all().await;
    for round in 0..3 {
        let request = world.of_all_hours(round * 200..(round + 1) * 200);
        let verdicts = world
            .store
            .ingest(request, now())
            .await
            .expect("verdicts")
            .verdicts;
        assert_eq!(count(&verdicts, Verdict::Accepted), 200);
        world.compare_all().await;
        match round {
            // Rollups of before know nothing of it.
            1 => world.add_meter(3, "minutes", "call.ended", "sum").await,
            _ => world.store.fold().await.expect("a fold"),
        }
        world.compare_all().await;
    }
    world.store.tidy().await.expect("rollups made again");
    world.compare_all().await;
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
