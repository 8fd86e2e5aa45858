//! What the demo shows of its world: through the API, as the partner sees it.

use exchequer_client::{Client, Expand};
use exchequer_types::TrusteeBillingOverview;

use super::calendar::ACME;
use crate::commands::{day_label, overview};
use crate::output;

/// One line a customer: its current period, and what is charged for it so far.
pub(super) async fn customers(partner: &Client) -> anyhow::Result<String> {
    let header = ["CUSTOMER", "SUBSCRIPTION", "PERIOD", "TO", "CHARGES", ""];
    let mut table = output::table(&header);
    for customer in partner.trustors().all().await? {
        let id = &customer.id;
        let of = partner
            .trustee_billing_overview(id, 0, Expand::Charges)
            .await?;
        let start = of
            .billing_period_start_date
            .as_deref()
            .map(day_label::start);
        let end = of.billing_period_end_date.as_deref().map(day_label::end);
        let total = of.charges.as_ref().map(|charges| charges.total.as_str());
        table.add_row([
            of.organization.name.as_deref().unwrap_or(id),
            &subscription(&of),
            &minute(start),
            &minute(end),
            total.unwrap_or_default(),
            &of.currency,
        ]);
    }
    output::align_right(&mut table, 4..5);
    Ok(output::render(table))
}

/// Of instants that are no midnight in UTC, the minute is enough here.
fn minute(instant: Option<String>) -> String {
    let instant = instant.unwrap_or_default();
    match instant.split_at_checked("yyyy-mm-ddThh:mm".len()) {
        Some((minute, rest)) if !rest.is_empty() => format!("{minute}Z"),
        _ => instant,
    }
}

fn subscription(of: &TrusteeBillingOverview) -> String {
    match of.in_ramp_period {
        Some(true) => format!("{} (ramp)", of.subscription_type),
        _ => of.subscription_type.clone(),
    }
}

/// The current period of one customer in full, as `exchequer overview` prints it.
pub(super) async fn one(partner: &Client) -> anyhow::Result<String> {
    let of = partner
        .trustee_billing_overview(ACME.organization, 0, Expand::Charges)
        .await?;
    Ok(overview::text(&of, true))
}
