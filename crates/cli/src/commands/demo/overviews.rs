//! The overviews that the demo prints: from the API, as the partner sees them.

use anyhow::Context;
use exchequer_client::{Client, Expand};
use exchequer_types::TrusteeBillingOverview;

use super::calendar::ACME;
use crate::commands::{day_label, overview};
use crate::money;
use crate::output;

/// Returns a table of the customers: their current period, and its charges so far.
pub(super) async fn customers(partner: &Client) -> anyhow::Result<String> {
    let header = ["CUSTOMER", "SUBSCRIPTION", "PERIOD FROM", "CHARGES", ""];
    let mut table = output::table(&header);
    for customer in partner.trustors().all().await? {
        let id = &customer.id;
        let overview = partner
            .trustee_billing_overview(id, 0, Expand::Charges)
            .await?;
        let start = overview
            .billing_period_start_date
            .as_deref()
            .map(day_label::start);
        let charges = overview.charges.as_ref();
        let charges = charges.context("the server has answered without the charges asked for")?;
        table.add_row([
            overview.organization.name.as_deref().unwrap_or(id),
            &subscription(&overview),
            &minute(start),
            &money::amount(&charges.total, &overview.currency),
            &overview.currency,
        ]);
    }
    output::align_right(&mut table, 3..4);
    Ok(output::render(table))
}

/// Shortens an instant that is not midnight in UTC to its minute.
fn minute(instant: Option<String>) -> String {
    let instant = instant.unwrap_or_default();
    match instant.split_at_checked("yyyy-mm-ddThh:mm".len()) {
        Some((minute, rest)) if !rest.is_empty() => format!("{minute}Z"),
        _ => instant,
    }
}

fn subscription(overview: &TrusteeBillingOverview) -> String {
    match overview.in_ramp_period {
        Some(true) => format!("{} (ramp)", overview.subscription_type),
        _ => overview.subscription_type.clone(),
    }
}

/// Returns the current period of Acme in full, as `exchequer overview` prints it.
pub(super) async fn acme(partner: &Client) -> anyhow::Result<String> {
    let overview = partner
        .trustee_billing_overview(ACME.organization, 0, Expand::Charges)
        .await?;
    Ok(overview::render(&overview, true))
}
