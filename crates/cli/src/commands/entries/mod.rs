//! `exchequer entries`: what a contract was charged, entry by entry.

mod csv;
pub(super) mod text;

use clap::Args;

use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, DataFormat};
use crate::settings::Settings;

/// Flags of `entries`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Number of the contract
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// Output format; json prints one response body on each line if there are several pages
    #[arg(long, value_enum, default_value_t)]
    format: DataFormat,
    /// Write cells of csv as they are kept, also those that a spreadsheet takes for formulas
    #[arg(long)]
    raw: bool,
    /// Organisation of the contract, for clients of the operator
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Reads page after page and prints it. Only a table has to wait for all pages.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let organization = flags.organization.as_deref();
    let client = flags
        .connection
        .client_of(organization, settings, RETRY_BUDGET)?;
    let mut pages = client.contract_entries(&flags.contract);
    let mut shown = Vec::new();
    let mut first = true;
    while let Some(page) = pages.next().await? {
        match flags.format {
            DataFormat::Json if first => output::body(page.body())?,
            DataFormat::Json => output::body(&[b"\n", &page.body()[..]].concat())?,
            DataFormat::Csv => output::data(&csv::render(&page.entities, first, flags.raw)?)?,
            DataFormat::Table => shown.extend(page.into_inner().entities),
        }
        first = false;
    }
    if flags.format == DataFormat::Table {
        output::line(&text::table(&shown)?)?;
    }
    Ok(Exit::Success)
}
