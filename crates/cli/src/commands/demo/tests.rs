//! The sample world on days that calendars find hard.

pub(super) mod charged;

use std::time::Duration;

use exchequer_client::Expand;
use exchequer_core::Day;
use exchequer_types::BillingEntry;

use super::calendar::CUSTOMERS;
use super::*;

/// The columns of a terminal in which tables must fit.
const COLUMNS: usize = 100;

/// The world at noon of a day.
async fn at(year: i32, month: u32, day: u32) -> Vec<BillingEntry> {
    at_second(year, month, day, 43_200).await
}

/// The world at a second of a day, with a server whose clock stands still.
async fn at_second(year: i32, month: u32, day: u32, second: i64) -> Vec<BillingEntry> {
    let midnight = Day::from_ymd(year, month, day).unwrap().start();
    let now = midnight.checked_add_micros(second * 1_000_000).unwrap();
    let ambient = Ambient::with_clock(move || now);
    let scratch = tempfile::tempdir().unwrap();
    let listener = server::listen_anywhere().await.unwrap();
    let config = Config {
        ambient,
        // It must leave to the demo what is closed when.
        closing_interval: Some(Duration::from_millis(20)),
        ..Config::default()
    };
    let (server, served) = DemoServer::start(scratch.path(), listener, config)
        .await
        .unwrap();
    let world = World::new(now).unwrap();
    let operator = server.operator().unwrap();
    let loaded = world.load(&operator).await.unwrap();
    let past: u32 = CUSTOMERS.iter().map(|customer| customer.current()).sum();
    assert_eq!(loaded.closed, u64::from(past));
    let charged = closing::charged(&operator).await.unwrap();
    assert_eq!(charged::rows(&charged), charged::expected(now));
    let charged_table = closing::table(&operator).await.unwrap();

    let partner = server.client(world.partner.id, &world.partner.secret);
    let partner = partner.unwrap();
    let listing = overviews::customers(&partner).await.unwrap();
    assert_eq!(listing.lines().count(), 1 + CUSTOMERS.len(), "{listing}");
    for customer in CUSTOMERS {
        for index in 0..=customer.current() {
            let of = partner
                .trustee_billing_overview(customer.organization, index, Expand::Nothing)
                .await
                .unwrap();
            // Nobody's period is empty, the current one included.
            let used = |row: &exchequer_client::types::SubscriptionOverviewUsage| {
                row.grouping != "fair-use" && row.usage_quantity != "0"
            };
            assert!(of.usages.iter().any(used), "{of:?}");
        }
        let before = customer.current() + 1;
        let none = partner
            .trustee_billing_overview(customer.organization, before, Expand::Nothing)
            .await;
        assert_eq!(none.unwrap_err().status(), Some(404), "{}", customer.name);
    }
    let one = overviews::acme(&partner).await.unwrap();
    for told in [
        "commitment",
        "overage",
        "Sold by a third party.",
        "weighs by days",
    ] {
        assert!(one.contains(told), "{told}: {one}");
    }
    for shown in [listing, one, charged_table] {
        for line in shown.lines() {
            assert!(line.chars().count() <= COLUMNS, "{line}");
        }
    }
    drop(server);
    served.await.unwrap().unwrap();
    charged
}

#[tokio::test]
async fn after_a_short_month() {
    at(2027, 3, 1).await;
}

#[tokio::test]
async fn on_a_leap_day() {
    at(2028, 2, 29).await;
}

#[tokio::test]
async fn at_the_end_of_a_long_month() {
    at(2026, 3, 31).await;
}

#[tokio::test]
async fn around_the_midnight_of_a_new_year() {
    at_second(2026, 12, 31, 86_399).await;
    at_second(2027, 1, 1, 0).await;
}

#[tokio::test]
async fn when_clocks_change() {
    at(2026, 10, 25).await;
}

/// 21 October to 20 November 2026 has 23 working days of 12 messages and 8 days of weekends
/// of 4: 308. At 0.21 they cost 64.68, and at 2.10 they had cost 646.80.
#[tokio::test]
async fn a_correction_that_was_worked_out_by_hand() {
    let charged = at(2026, 11, 29).await;
    let correction = charged.last().unwrap();
    assert_eq!(correction.kind, "correction");
    assert_eq!(correction.billing_period_id, "2026-10-21");
    assert!(correction.reason.as_deref().unwrap().contains("typo"));
    let [row] = correction.rows.as_slice() else {
        panic!("{correction:?}")
    };
    let steps = [&row.before, &row.steps].map(|steps| {
        let steps = steps.iter().map(|it| (&*it.quantity, &*it.price));
        steps.collect::<Vec<_>>()
    });
    assert_eq!(steps, [[("308", "2.1")], [("308", "0.21")]]);
    assert_eq!(row.amount, "-582.12");
}
