//! The requests of each operation of a soak, and the checks of their answers.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::calendar::{BATCH, REPORT_DAYS};
use crate::load::Load;
use crate::operation::Operation;
use exchequer_support::Connection;
use exchequer_support::Random;
use exchequer_support::customers::{PARTNER, SECRET};

/// Performs an operation for the `number`-th time.
pub(crate) async fn perform(
    operation: Operation,
    at: &Connection,
    load: &Load,
    number: u64,
) -> Result<()> {
    let mut random = Random::new(number.wrapping_mul(31).wrapping_add(operation as u64));
    let other = 1 + random.below(u64::from(load.calendar.organizations) - 1);
    let sent = load.sent();
    match operation {
        Operation::Ingest => load.ingest(at, None).await,
        Operation::Repeat => {
            let minute = 60 * load.calendar.rate / BATCH;
            let ago = 20 + random.below(minute.min(sent - 20));
            load.ingest(at, Some(sent - ago)).await
        }
        Operation::OldRepeat => load.ingest(at, Some(random.below(sent - 20))).await,
        Operation::LargeReport => report(at, load, 0).await,
        Operation::SmallReport => report(at, load, other as usize).await,
        Operation::LargeOverview => overview(at, load, 0).await,
        // Only some of the others have a contract.
        Operation::SmallOverview => overview(at, load, 1 + other as usize % 8).await,
        Operation::CatalogRead => {
            let what = ["products", "organizations", "contracts", "meters"];
            let what = what[random.below(4) as usize];
            at.get(&format!("/api/v2/billing/catalog/{what}?pageSize=25"))
                .await?;
            Ok(())
        }
        Operation::CatalogWrite => {
            let path = format!("/api/v2/billing/catalog/products/SOAK-{}", number % 10);
            let product = json!({
                "name": format!("Product {number}"), "charge": "soak-overage",
                "meter": "messages", "grouping": "messaging", "unit": "message",
                "unitOfMeasure": "Message", "bundle": "1", "thirdParty": false,
                "cancellable": true,
            });
            at.put(&path, &product).await
        }
        Operation::Token => token(at).await,
        Operation::Meter => meter(at, load, number).await,
    }
}

async fn report(at: &Connection, load: &Load, organization: usize) -> Result<()> {
    let days = load.calendar.report_days(load.sent());
    let body = at
        .get(&format!(
            "/api/v2/billing/reports/billableusage?organizationId={}&startDate={}&endDate={}",
            load.ids[organization], days.start, days.end
        ))
        .await?;
    let body: Value = serde_json::from_slice(&body)?;
    let usages = body["usages"].as_array().map_or(0, Vec::len);
    if body["status"] != "Complete" || usages < 4 {
        bail!("{usages} usages in {REPORT_DAYS} days, {}", body["status"]);
    }
    Ok(())
}

async fn overview(at: &Connection, load: &Load, organization: usize) -> Result<()> {
    let (year, month) = load.month();
    let index = load.months_since(year, month);
    let path = format!(
        "/api/v2/billing/trusteebillingoverview/{}?billingPeriodIndex={index}",
        load.ids[organization]
    );
    let body: Value = serde_json::from_slice(&at.get(&path).await?)?;
    let start = body["billingPeriodStartDate"].as_str().unwrap_or_default();
    if !start.starts_with(&format!("{year}-{month:02}-01")) {
        bail!("the overview of {year}-{month:02} begins on {start}");
    }
    if body["usages"].as_array().is_none_or(Vec::is_empty) {
        bail!("an overview without usage");
    }
    Ok(())
}

/// A token of the partner is issued, used, and revoked.
async fn token(at: &Connection) -> Result<()> {
    let login = at.login_as(&PARTNER.to_string(), SECRET).await?;
    let path = "/api/v2/tokens/me";
    login.get(path).await?;
    login.delete(path).await
}

/// A meter to which nothing listens counts otherwise from ten days ago on:
/// those days of all organisations are stale, and rolled up again.
async fn meter(at: &Connection, load: &Load, number: u64) -> Result<()> {
    let today = load.calendar.day(load.sent()).number();
    let step = ["0.1", "1"][(number % 2) as usize];
    let rule = json!({
        "eventType": "soak.nothing",
        "aggregation": "sum",
        "quantity": "minutes",
        "roundUpEach": step,
        "effective": exchequer_core::Day::from_number(today - 10).to_string(),
    });
    at.put("/api/v2/billing/catalog/meters/soak-nothing", &rule)
        .await
}
