//! The command line as a whole; each command's own flags live beside its code.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use exchequer_core::zone_data_version;

use crate::commands::{
    apply, changes, close, contracts, correct, demo, entries, explain, ingest, init, migrate,
    overview, periods, report, serve, usage, verify, whoami,
};
use crate::exit::{self, Exit};
use crate::settings::Settings;

/// The text of `--version`. Borders of billing periods follow the rules of time zones.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (program, zones) = (env!("CARGO_PKG_VERSION"), zone_data_version());
    format!("{program} (time zones {zones})")
});

/// Meters usage exactly, rates it against contracts, and serves reports over the Genesys Cloud Billing API
#[derive(Debug, Parser)]
#[command(name = "exchequer", version, long_version = VERSION.as_str(), after_help = exit::HELP)]
pub(crate) struct Arguments {
    /// Settings file [env: EXCHEQUER_CONFIG] [default: ./exchequer.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try the product: serve sample data from a temporary directory
    Demo(demo::Flags),
    /// Create a ledger and print the credentials of its operator
    Init(init::Flags),
    /// Serve the API of a ledger
    Serve(serve::Flags),
    /// Create and update catalog entries from TOML files
    Apply(apply::Flags),
    /// Send usage events from an NDJSON or CSV file
    Ingest(ingest::Flags),
    /// Print the billable usage of a time range
    Report(report::Flags),
    /// Print the usage of a meter by hour, day or month, or list its events
    Usage(usage::Flags),
    /// Print usage, commitments and charges of a billing period
    Overview(overview::Flags),
    /// List the billing periods of an organisation
    Periods(periods::Flags),
    /// Close billing periods that are over
    Close(close::Flags),
    /// Rate closed billing periods again, with a reason
    Correct(correct::Flags),
    /// List what a contract was charged, entry by entry
    Entries(entries::Flags),
    /// Explain what a usage event has come to
    Explain(explain::Flags),
    /// List what has changed of the things that bills are made from, or follow it
    Changes(changes::Flags),
    /// List contracts, or print one with its prices, or one of its periods with its charges
    Contracts(contracts::Flags),
    /// Check a ledger: derive everything from the events again and compare
    Verify(verify::Flags),
    /// Copy a ledger from a directory into PostgreSQL
    Migrate(migrate::Flags),
    /// Print the organisation, client and permissions of the credentials
    Whoami(whoami::Flags),
}

impl Arguments {
    /// Runs the command.
    pub(crate) async fn run(self) -> anyhow::Result<Exit> {
        let environment = |name: &str| std::env::var(name).ok();
        let settings = || Settings::load(self.config.as_deref(), &environment);
        match self.command {
            // The demo is the same for everybody: it runs even where a settings
            // file is broken.
            Command::Demo(flags) => demo::run(flags).await,
            Command::Init(flags) => init::run(&settings()?, flags).await,
            Command::Migrate(flags) => migrate::run(&settings()?, flags).await,
            Command::Serve(flags) => serve::run(&settings()?, flags).await,
            Command::Apply(flags) => apply::run(&settings()?, flags).await,
            Command::Changes(flags) => changes::run(&settings()?, flags).await,
            Command::Close(flags) => close::run(&settings()?, flags).await,
            Command::Correct(flags) => correct::run(&settings()?, flags).await,
            Command::Entries(flags) => entries::run(&settings()?, flags).await,
            Command::Explain(flags) => explain::run(&settings()?, flags).await,
            Command::Contracts(flags) => contracts::run(&settings()?, flags).await,
            Command::Ingest(flags) => ingest::run(&settings()?, flags).await,
            Command::Overview(flags) => overview::run(&settings()?, flags).await,
            Command::Periods(flags) => periods::run(&settings()?, flags).await,
            Command::Report(flags) => report::run(&settings()?, flags).await,
            Command::Usage(flags) => usage::run(&settings()?, flags).await,
            Command::Verify(flags) => verify::run(&settings()?, flags).await,
            Command::Whoami(flags) => whoami::run(&settings()?, flags).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_flag_takes_a_secret() {
        for command in Arguments::command().get_subcommands() {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                assert!(
                    !name.contains("secret") || name.ends_with("_file"),
                    "{name}"
                );
            }
        }
    }
}
