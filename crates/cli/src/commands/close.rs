//! `exchequer close`: closes billing periods that are over.

use clap::Args;
use exchequer_types::{ClosePeriods, ClosedPeriods};

use super::entries::text;
use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::money;
use crate::output::{self, Format, message, printable};
use crate::settings::Settings;

/// Flags of `close`.
#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = false, args = ["contract", "all"])]
pub(crate) struct Flags {
    /// Number of the contract
    #[arg(value_name = "CONTRACT")]
    contract: Option<String>,
    /// Last period to close: its first day or another one of its days [default: the last that is over]
    #[arg(value_name = "PERIOD", requires = "contract")]
    period: Option<String>,
    /// Close all contracts; the command reports one that cannot be closed and closes the others
    #[arg(long)]
    all: bool,
    /// Print what would be closed, and close nothing
    #[arg(long)]
    dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Closes what is over, and prints what was charged.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let request = ClosePeriods {
        contract: flags.contract.clone(),
        through: flags.period.clone(),
        dry_run: flags.dry_run,
    };
    let outcome = client.close_periods(&request).await?;
    for failure in &outcome.failures {
        let (contract, reason) = (printable(&failure.contract), printable(&failure.reason));
        message(&format!("contract {contract} was not closed: {reason}"));
    }
    match flags.format {
        Format::Json => output::body(outcome.body())?,
        Format::Table if flags.all => output::line(&totals(&outcome))?,
        Format::Table => output::line(&text::table(&outcome.entries)?)?,
    }
    if outcome.dry_run {
        message("dry run: nothing was closed");
    }
    Ok(match outcome.failures.is_empty() {
        true => Exit::Success,
        false => Exit::Incomplete,
    })
}

/// Returns what the entries of all contracts come to.
fn totals(outcome: &ClosedPeriods) -> String {
    let contracts = match outcome.contracts {
        1 => "1 contract".to_owned(),
        count => format!("{count} contracts"),
    };
    if outcome.totals.is_empty() {
        return format!("nothing to close; {contracts}");
    }
    let mut table = output::table(&["KIND", "ENTRIES", "TOTAL", "CURRENCY"]);
    for total in &outcome.totals {
        table.add_row([
            printable(&total.kind),
            total.entries.to_string().into(),
            money::amount(&total.total, &total.currency),
            printable(&total.currency),
        ]);
    }
    output::align_right(&mut table, 1..3);
    format!("{}\n\n{contracts}", output::render(table))
}
