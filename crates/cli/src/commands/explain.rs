//! `exchequer explain`: what a usage event has come to.

use clap::Args;
use exchequer_types::{ExplainedPeriod, UsageExplanation};

use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::money;
use crate::output::{self, Format, printable};
use crate::settings::Settings;

/// Flags of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Source of the event
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Id of the event
    #[arg(value_name = "ID")]
    id: String,
    /// Time of the event, exactly as it was sent
    #[arg(value_name = "TIME")]
    time: String,
    /// Organisation of the event, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Reads what an event has come to, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let explained = client
        .explain_event(&flags.source, &flags.id, &flags.time)
        .await?;
    match flags.format {
        Format::Json => output::body(explained.body())?,
        Format::Table => output::line(&text(&explained))?,
    }
    Ok(Exit::Success)
}

/// Returns an explanation for people.
fn text(explained: &UsageExplanation) -> String {
    let event = &explained.event;
    let [kind, resource] = [&event.r#type, &event.resource].map(|it| printable(it));
    let mut parts = vec![format!(
        "{kind} of {resource} at {}, received {}",
        event.time, event.received
    )];
    if !explained.meters.is_empty() {
        let mut table = output::table(&["METER", "QUANTITY"]);
        for meter in &explained.meters {
            // A meter that counts resources or events reads none.
            let quantity = meter.quantity.as_deref().unwrap_or("–");
            table.add_row([printable(&meter.meter), quantity.into()]);
        }
        output::align_right(&mut table, 1..2);
        parts.push(output::render(table));
    }
    if !explained.billing_periods.is_empty() {
        parts.push(periods(&explained.billing_periods));
    }
    if let Some(reason) = &explained.reason {
        let reason = match reason.as_str() {
            "void" => "it voids another event",
            "voided" => "another event voids it",
            "unmetered" => "no meter counts it",
            "noContract" => "there is no contract at its time",
            "notInContract" => "no contract prices it",
            unknown => unknown,
        };
        parts.push(format!("nobody is billed for it: {}", printable(reason)));
    }
    parts.join("\n\n")
}

fn periods(periods: &[ExplainedPeriod]) -> String {
    let header = [
        "CONTRACT", "PERIOD", "PRODUCTS", "STAGE", "ENTRY", "KIND", "OF", "TOTAL", "CURRENCY",
    ];
    let mut table = output::table(&header);
    for period in periods {
        let place = [
            printable(&period.contract_id),
            printable(&period.billing_period_id),
            period.part_numbers.join(", ").into(),
            printable(stage(&period.stage)),
        ];
        if period.entries.is_empty() {
            table.add_row(place.clone());
        }
        for entry in &period.entries {
            let number = entry.entry.map(|number| number.to_string());
            let row = [
                number.unwrap_or_default().into(),
                printable(&entry.kind),
                printable(&entry.billing_period_id),
                money::amount(&entry.total, &entry.currency),
                printable(&entry.currency),
            ];
            table.add_row(place.clone().into_iter().chain(row));
        }
    }
    output::align_right(&mut table, 4..5);
    output::align_right(&mut table, 7..8);
    output::render(table)
}

/// Returns the stage as a phrase; one that this program does not know as it came.
fn stage(stage: &str) -> &str {
    match stage {
        "noDifference" => "closed, and changes no charge",
        "due" => "due for adjustment",
        "tooLate" => "too late",
        "billedElsewhere" => "billed elsewhere",
        other => other,
    }
}
