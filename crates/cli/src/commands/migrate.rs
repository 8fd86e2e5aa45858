//! `exchequer migrate`: copies a ledger from a directory into PostgreSQL.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use exchequer_store::{Location, PostgresConfig};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::exit::{Exit, usage};
use crate::output::{self, Format};
use crate::settings::Settings;

/// Flags of `migrate`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Directory of the ledger; stop its server first
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// PostgreSQL database without a ledger, or with an unfinished copy of this one [env: EXCHEQUER_DATABASE_URL]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Print the result as a line or as JSON
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The result as JSON.
#[derive(Serialize)]
struct Copied {
    events: u64,
    digest: String,
}

/// Copies the ledger, and compares the copy with it.
pub(crate) async fn run(settings: &Settings<'_>, flags: Flags) -> anyhow::Result<Exit> {
    let Flags { from, to, format } = flags;
    let to = to.or_else(|| settings.variable("EXCHEQUER_DATABASE_URL"));
    let to = to.ok_or_else(|| usage("no target: add --to URL, or set EXCHEQUER_DATABASE_URL"))?;
    let target = PostgresConfig::new(to);
    let place = Location::from(target.clone());
    let work = move || {
        let bar = bar();
        let mut progress = |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let copied = exchequer_store::migrate(&from, &target, &mut progress);
        bar.finish_and_clear();
        copied.with_context(|| format!("copying {} to {place}", from.display()))
    };
    // Copying blocks a thread for minutes.
    let copied = tokio::task::spawn_blocking(work).await??;
    let (events, digest) = (copied.events, copied.digest.to_string());
    output::line(&match format {
        Format::Json => serde_json::to_string(&Copied { events, digest })?,
        Format::Table => format!("copied {events} events; both ledgers have the digest {digest}"),
    })?;
    Ok(Exit::Success)
}

/// Returns a progress bar on stderr, hidden unless that is a terminal. Its first
/// half is the copy, its second the comparison.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    match ProgressStyle::with_template("{bar:30} {percent}% {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
