//! `exchequer correct`: rates closed billing periods again.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use exchequer_types::CorrectContract;

use super::entries::text;
use crate::connection::{Connection, RETRY_BUDGET};
use crate::exit::Exit;
use crate::output::{self, Format, message};
use crate::settings::Settings;

/// Flags of `correct`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Number of the contract
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// Rate closed periods again with what is in force now: aliases, meters, products; late: with events that came too late
    #[arg(long, value_name = "WHAT", required = true, value_delimiter = ',',
        value_parser = ["aliases", "late", "meters", "products"])]
    again: Vec<String>,
    /// A day of the first period to rate again [default: the first that is closed]
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Reason, which the entries and the audit trail show
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: String,
    /// Print what would be corrected, and correct nothing
    #[arg(long)]
    dry_run: bool,
    /// Store what a dry run has printed with this token, or nothing
    #[arg(long, value_name = "TOKEN", conflicts_with = "dry_run")]
    token: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    connection: Connection,
}

/// Corrects closed periods, and prints what that charges.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let client = flags.connection.client(settings, RETRY_BUDGET)?;
    let request = CorrectContract {
        contract: None,
        again: flags.again,
        from: flags.from,
        reason: flags.reason,
        dry_run: flags.dry_run,
        token: flags.token,
    };
    let outcome = client.correct_contract(&flags.contract, &request).await?;
    match flags.format {
        Format::Json => output::body(outcome.body())?,
        Format::Table => output::line(&text::table(&outcome.entries)?)?,
    }
    if let Some(token) = &outcome.token {
        message(&format!(
            "dry run: nothing was corrected; --token {token} stores exactly this"
        ));
    }
    Ok(Exit::Success)
}
