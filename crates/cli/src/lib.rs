//! The `exchequer` command: server, catalog, ingestion and reports.
//!
//! Data goes to stdout and everything else to stderr. `exit` lists the exit
//! codes, and `settings` says where a setting comes from. Only what tests of the
//! whole product share with the command is public.

mod args;
pub mod catalog;
mod cells;
mod commands;
mod connection;
mod exit;
mod ingest;
mod ledger;
mod money;
mod output;
mod random;
mod secret;
mod settings;

#[doc(hidden)]
pub use ingest::fuzz;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Arguments;

/// Runs the command that the arguments of the process ask for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::message(&format!(
                "error: the async runtime could not start: {error}"
            ));
            return exit::Exit::Failure.into();
        }
    };
    match runtime.block_on(arguments.run()) {
        Ok(exit) => exit.into(),
        // The reader of the output went away, as `head` does: no failure.
        Err(error) if error.is::<output::ReaderGone>() => exit::Exit::Success.into(),
        Err(error) => {
            output::message(&format!("error: {error:#}"));
            exit::code(&error).into()
        }
    }
}
