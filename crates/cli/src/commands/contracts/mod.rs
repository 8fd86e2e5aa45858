//! `exchequer contracts`: contracts, their prices, and the charges of their billing periods.

mod csv;
mod period;
mod text;

use clap::Args;
use exchequer_client::Client;

use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, DataFormat};
use crate::settings::Settings;

/// Flags of `contracts`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Number of a contract, to print it with its prices and periods
    #[arg(value_name = "NUMBER")]
    number: Option<String>,
    /// First day of one of its billing periods, to print the charges
    #[arg(value_name = "PERIOD")]
    period: Option<String>,
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

/// Reads what is asked for, and prints it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    match (&flags.number, &flags.period) {
        (Some(number), Some(period)) => one_period(&client, &flags, number, period).await?,
        (Some(number), None) => one(&client, &flags, number).await?,
        (None, _) => list(&client, &flags).await?,
    }
    Ok(Exit::Success)
}

async fn list(client: &Client, flags: &Flags) -> anyhow::Result<()> {
    let mut bodies = Vec::new();
    let mut contracts = Vec::new();
    let mut pages = client.contracts();
    while let Some(page) = pages.next().await? {
        bodies.push(page.body().clone());
        contracts.extend(page.into_inner().entities);
    }
    match flags.format {
        DataFormat::Json => output::body(&bodies.join(&b"\n"[..])),
        DataFormat::Table => output::line(&text::list(&contracts)),
        DataFormat::Csv => output::data(&csv::list(&contracts, flags.raw)?),
    }
}

async fn one(client: &Client, flags: &Flags, number: &str) -> anyhow::Result<()> {
    let contract = client.contract(number).await?;
    match flags.format {
        DataFormat::Json => output::body(contract.body()),
        DataFormat::Table => output::line(&text::contract(&contract)),
        DataFormat::Csv => output::data(&csv::prices(&contract, flags.raw)?),
    }
}

async fn one_period(
    client: &Client,
    flags: &Flags,
    number: &str,
    period: &str,
) -> anyhow::Result<()> {
    let detail = client.contract_period(number, period).await?;
    match flags.format {
        DataFormat::Json => output::body(detail.body()),
        DataFormat::Table => output::line(&period::table(number, &detail)),
        DataFormat::Csv => output::data(&csv::charges(number, &detail, flags.raw)?),
    }
}
