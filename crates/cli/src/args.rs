//! The command line as a whole; each command's own flags live beside its code.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{apply, ingest, init, report, serve};
use crate::exit;

/// Meters usage, keeps it exactly, and reports it over the Genesys Cloud Billing API.
#[derive(Debug, Parser)]
#[command(name = "exchequer", version, after_help = exit::HELP)]
pub(crate) struct Arguments {
    /// Settings file [env: EXCHEQUER_CONFIG] [default: ./exchequer.toml if present]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make the database and print the operator's client, once
    Init(init::Flags),
    /// Serve the API from a data directory
    Serve(serve::Flags),
    /// Bring the catalogue to what TOML files say
    Apply(apply::Flags),
    /// Send usage events from an NDJSON or CSV file
    Ingest(ingest::Flags),
    /// Print the billable usage of a range
    Report(report::Flags),
    /// Print whose credentials these are
    Whoami(crate::commands::whoami::Flags),
}

/// Where the server is and who asks.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Server and credentials")]
pub(crate) struct Connection {
    /// Address of the server [env: EXCHEQUER_URL] [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The OAuth client [env: EXCHEQUER_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// File that holds the client's secret [env: EXCHEQUER_CLIENT_SECRET_FILE; the secret itself: EXCHEQUER_CLIENT_SECRET]
    #[arg(long, value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
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
