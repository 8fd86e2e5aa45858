//! The sample world on days that calendars find hard.

use exchequer_client::Expand;
use exchequer_core::Day;

use super::calendar::CUSTOMERS;
use super::*;

/// The world at noon of a day.
async fn at(year: i32, month: u32, day: u32) {
    at_second(year, month, day, 43_200).await;
}

/// The world at a second of a day, with a server whose clock stands still.
async fn at_second(year: i32, month: u32, day: u32, second: i64) {
    let midnight = Day::from_ymd(year, month, day).unwrap().start();
    let now = midnight.checked_add_micros(second * 1_000_000).unwrap();
    let ambient = Ambient::with_clock(move || now);
    let scratch = tempfile::tempdir().unwrap();
    let listener = server::listen_anywhere().await.unwrap();
    let (server, served) = DemoServer::start(scratch.path(), listener, ambient)
        .await
        .unwrap();
    let world = World::new(now).unwrap();
    world.load(&server.operator().unwrap()).await.unwrap();

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
    drop(server);
    served.await.unwrap().unwrap();
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
