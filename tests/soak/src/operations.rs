//! The operations of a soak: how often each is due, and what it does.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::calendar::{BATCH, REPORT_DAYS};
use crate::load::Load;
use exchequer_support::Connection;
use exchequer_support::Random;
use exchequer_support::customers::{PARTNER, SECRET};

/// An operation of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// Events of today.
    Ingest,
    /// A request of the last minute once more.
    Repeat,
    /// A request from any time since the beginning once more.
    OldRepeat,
    /// Thirty days of the largest organisation.
    LargeReport,
    /// Thirty days of another one.
    SmallReport,
    /// The largest organisation's last whole month, as its partner sees it.
    LargeOverview,
    /// Another one's.
    SmallOverview,
    /// Products and organisations are read.
    CatalogRead,
    /// A product gets another name.
    CatalogWrite,
    /// A token is issued, used and revoked.
    Token,
    /// A meter gets another rule, so that ten days are rolled up again.
    Meter,
}

impl Operation {
    pub(crate) const ALL: [Self; 11] = [
        Self::Ingest,
        Self::Repeat,
        Self::OldRepeat,
        Self::LargeReport,
        Self::SmallReport,
        Self::LargeOverview,
        Self::SmallOverview,
        Self::CatalogRead,
        Self::CatalogWrite,
        Self::Token,
        Self::Meter,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Repeat => "repeat",
            Self::OldRepeat => "old repeat",
            Self::LargeReport => "large report",
            Self::SmallReport => "small report",
            Self::LargeOverview => "large overview",
            Self::SmallOverview => "small overview",
            Self::CatalogRead => "catalog read",
            Self::CatalogWrite => "catalog write",
            Self::Token => "token",
            Self::Meter => "meter",
        }
    }

    /// How often it is due, a second, with so many events a second.
    pub(crate) fn frequency(self, rate: u64) -> f64 {
        match self {
            Self::Ingest => rate as f64 / BATCH as f64,
            Self::Repeat | Self::OldRepeat => rate as f64 / BATCH as f64 / 20.0,
            Self::LargeReport | Self::LargeOverview | Self::CatalogWrite | Self::Token => 2.0,
            Self::SmallReport | Self::SmallOverview => 4.0,
            Self::CatalogRead => 5.0,
            Self::Meter => 1.0 / 30.0,
        }
    }

    /// Requests that may be under way at once.
    pub(crate) fn workers(self) -> usize {
        match self {
            Self::Ingest => 4,
            Self::Meter => 1,
            _ => 2,
        }
    }

    /// Does it for the `number`-th time.
    pub(crate) async fn perform(self, at: &Connection, load: &Load, number: u64) -> Result<()> {
        let mut random = Random::new(number.wrapping_mul(31).wrapping_add(self as u64));
        let other = 1 + random.below(u64::from(load.calendar.organizations) - 1);
        let sent = load.sent();
        match self {
            Self::Ingest => load.ingest(at, None).await,
            Self::Repeat => {
                let minute = 60 * load.calendar.rate / BATCH;
                let ago = 20 + random.below(minute.min(sent - 20));
                load.ingest(at, Some(sent - ago)).await
            }
            Self::OldRepeat => load.ingest(at, Some(random.below(sent - 20))).await,
            Self::LargeReport => report(at, load, 0).await,
            Self::SmallReport => report(at, load, other as usize).await,
            Self::LargeOverview => overview(at, load, 0).await,
            // Only some of the others have a contract.
            Self::SmallOverview => overview(at, load, 1 + other as usize % 8).await,
            Self::CatalogRead => {
                let what = ["products", "organizations", "contracts", "meters"];
                let what = what[random.below(4) as usize];
                at.get(&format!("/api/v2/billing/catalog/{what}?pageSize=25"))
                    .await?;
                Ok(())
            }
            Self::CatalogWrite => {
                let path = format!("/api/v2/billing/catalog/products/SOAK-{}", number % 10);
                let product = json!({
                    "name": format!("Product {number}"), "charge": "soak-overage",
                    "meter": "messages", "grouping": "messaging", "unit": "message",
                    "unitOfMeasure": "Message", "bundle": "1", "thirdParty": false,
                    "cancellable": true,
                });
                at.put(&path, &product).await
            }
            Self::Token => token(at).await,
            Self::Meter => meter(at, load, number).await,
        }
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
