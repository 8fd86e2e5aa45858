//! `exchequer close`: closes billing periods that are over.

use clap::Args;
use exchequer_client::Client;
use exchequer_types::{ClosePeriods, ClosedPeriods, FailingContract};

use super::entries::text;
use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::money;
use crate::output::{self, Format, message, printable};
use crate::settings::Settings;

/// Flags of `close`.
#[derive(Debug, Args)]
#[group(id = "which", required = true, multiple = false, args = ["contract", "all", "failures"])]
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
    /// Close nothing, and list the contracts that the server cannot close, with the reason; json prints one response body on each line
    #[arg(long)]
    failures: bool,
    /// Print what would be closed, and close nothing
    #[arg(long, conflicts_with = "failures")]
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
    if flags.failures {
        return list_failures(&client, flags.format).await;
    }
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

/// Lists the contracts that cannot be closed.
async fn list_failures(client: &Client, format: Format) -> anyhow::Result<Exit> {
    let mut pages = client.closing_failures();
    let mut shown = Vec::new();
    while let Some(page) = pages.next().await? {
        match format {
            Format::Json => output::line(std::str::from_utf8(page.body())?)?,
            Format::Table => shown.extend(page.into_inner().entities),
        }
    }
    if format == Format::Table {
        output::line(&failures(&shown))?;
    }
    Ok(Exit::Success)
}

fn failures(failing: &[FailingContract]) -> String {
    if failing.is_empty() {
        return "no failures".to_owned();
    }
    let mut table = output::table(&["CONTRACT", "FAILURES", "STATE", "NEXT ATTEMPT", "REASON"]);
    for contract in failing {
        table.add_row([
            printable(&contract.contract),
            contract.failures.to_string().into(),
            if contract.dead { "dead" } else { "failing" }.into(),
            printable(contract.date_next_attempt.as_deref().unwrap_or("-")),
            printable(&contract.reason),
        ]);
    }
    output::align_right(&mut table, 1..2);
    output::render(table)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_contract_is_told_from_one_that_fails() {
        let contract = |failures, dead| FailingContract {
            contract: "C-1".to_owned(),
            failures,
            dead,
            reason: "no product\u{7}".to_owned(),
            date_next_attempt: Some("2026-02-03T15:00:00.000Z".to_owned()),
            ..FailingContract::default()
        };
        let shown = failures(&[contract(12, true), contract(3, false)]);
        let lines: Vec<&str> = shown.lines().collect();
        let next = "2026-02-03T15:00:00.000Z  no product\\u{7}";
        assert_eq!(lines[1], format!("C-1             12  dead     {next}"));
        assert_eq!(lines[2], format!("C-1              3  failing  {next}"));
        assert_eq!(failures(&[]), "no failures");
    }
}
