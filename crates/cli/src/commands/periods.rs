//! `exchequer periods`: the billing periods of an organisation.

use clap::Args;
use exchequer_types::BillingPeriod;

use super::day_label::{end, start};
use crate::cells::CellWriter;
use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, DataFormat, printable};
use crate::settings::Settings;

/// Flags of `periods`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Output format; json prints one response body on each line if there are several pages
    #[arg(long, value_enum, default_value_t)]
    format: DataFormat,
    /// Write cells of csv as they are kept, also those that a spreadsheet takes for formulas
    #[arg(long)]
    raw: bool,
    /// Organisation to read, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Reads all pages and prints them.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let mut bodies = Vec::new();
    let mut periods = Vec::new();
    let mut pages = client.billing_periods();
    while let Some(page) = pages.next().await? {
        bodies.push(page.body().clone());
        periods.extend(page.into_inner().entities);
    }
    match flags.format {
        DataFormat::Json => output::body(&bodies.join(&b"\n"[..]))?,
        DataFormat::Table => output::line(&table(&periods))?,
        DataFormat::Csv => output::data(&csv(&periods, flags.raw)?)?,
    }
    Ok(Exit::Success)
}

fn table(periods: &[BillingPeriod]) -> String {
    if periods.is_empty() {
        return "no billing periods: the organisation has no contract".to_owned();
    }
    let mut table = output::table(&["INDEX", "START", "END", "CONTRACT"]);
    for period in periods {
        let (start, end) = (start(&period.start_date), end(&period.end_date));
        table.add_row([
            index(period).into(),
            printable(&start),
            printable(&end),
            printable(contract(period)),
        ]);
    }
    output::render(table)
}

fn csv(periods: &[BillingPeriod], raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record(["index", "start", "end", "contract"])?;
    for period in periods {
        let (start, end) = (&period.start_date, &period.end_date);
        writer.write_record([&*index(period), start, end, contract(period)])?;
    }
    writer.finish()
}

/// Returns the index of a period. Genesys Cloud may leave it out; then the cell is
/// empty.
fn index(period: &BillingPeriod) -> String {
    let index = period.billing_period_index;
    index.map(|index| index.to_string()).unwrap_or_default()
}

fn contract(period: &BillingPeriod) -> &str {
    period.contract_id.as_deref().unwrap_or_default()
}
