//! The accounts at the end of a soak: what the reports say of all days,
//! beside a count of everything that was sent.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use exchequer_core::Day;
use serde_json::Value;

use crate::calendar::{Calendar, Kind};
use exchequer_support::Connection;

/// The counts that one organisation must have.
#[derive(Default)]
struct Sent {
    messages: u64,
    /// Tenths of minutes.
    tenths: u64,
    users: HashSet<u64>,
}

/// Counts everything again, and compares.
pub(crate) async fn totals(at: &Connection, calendar: Calendar, requests: u64) -> Result<()> {
    let mut all: Vec<Sent> = Vec::new();
    all.resize_with(calendar.organizations as usize, Sent::default);
    for event in (0..requests).flat_map(|request| calendar.events(request)) {
        let sent = all
            .get_mut(event.organization as usize)
            .context("an event of nobody")?;
        match event.kind {
            Kind::Call => sent.tenths += event.tenths,
            Kind::Message => sent.messages += 1,
            Kind::Login => {
                sent.users.insert(event.resource);
            }
            Kind::Session => {}
        }
    }
    let first = Calendar::first_day();
    let after = Day::from_number(calendar.day(requests).number() + 2);
    for (id, sent) in calendar.ids().into_iter().zip(all) {
        let path = format!(
            "/api/v2/billing/reports/billableusage?organizationId={id}&startDate={first}&endDate={after}"
        );
        let body: Value = serde_json::from_slice(&at.get(&path).await?)?;
        let usages = body["usages"].as_array().context("no usages")?;
        let total = |meter: &str| {
            let usage = usages.iter().find(|usage| usage["name"] == meter);
            usage.map_or("", |usage| usage["totalUsage"].as_str().unwrap_or_default())
        };
        let minutes = match sent.tenths % 10 {
            0 => (sent.tenths / 10).to_string(),
            tenth => format!("{}.{tenth}", sent.tenths / 10),
        };
        let expected = [
            ("messages", sent.messages.to_string()),
            ("voice-minutes", minutes),
            ("named-users", sent.users.len().to_string()),
        ];
        for (meter, expected) in expected {
            let counted = total(meter);
            ensure!(
                counted == expected,
                "{id} has {counted} of {meter}, and {expected} were sent"
            );
        }
    }
    Ok(())
}
