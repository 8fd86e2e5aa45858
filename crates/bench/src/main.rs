//! The benchmark program.
//!
//! One call measures everything side by side: the store, the server, the floor
//! that no exact and durable ledger can be faster than, and one row per event
//! in SQLite in two layouts. Every contestant works in a process of its own on
//! the same generated events, all of them once in each run, and the figures
//! are medians of the runs; ratios are taken within a run.

mod asks;
mod bodies;
mod collected;
mod contracts;
mod drive;
mod floor;
mod growth;
mod http;
mod http_breakdowns;
mod http_overviews;
mod http_reports;
mod input;
mod kinds;
mod measure;
mod postgres;
mod questions;
mod random;
mod replay;
mod reports;
mod rows;
mod run;
mod server;
mod setup;
mod soak;
mod stages;
mod store;
mod summary;
mod table;
mod targets;
mod task;
mod world;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};

use crate::reports::Asked;
use crate::run::{Part, Plan};
use crate::task::{Ground, Task, Work};

/// Folding allocates much for a short time; this allocator gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Exchequer beside a floor and beside row stores
#[derive(Parser)]
#[command(name = "exchequer-bench", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    child: Option<Child>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Child {
    /// Mixed load for a while: does anything grow, slow down or get lost?
    Soak(soak::Flags),
    /// One measurement, for the program itself
    #[command(hide = true)]
    Child(Task),
}

#[derive(Args)]
struct Flags {
    #[command(flatten)]
    ground: Ground,
    /// 10 million events, and what they need
    #[arg(long)]
    full: bool,
    /// How often everything is measured
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Events for the row stores, whose rate falls as they grow
    #[arg(long, default_value_t = 1_000_000)]
    rows_events: u64,
    /// A server of PostgreSQL on which databases may be made
    #[arg(
        long,
        value_name = "URL",
        default_value = "postgres://postgres@127.0.0.1:5432"
    )]
    postgres: String,
    /// Events of the curve of costs
    #[arg(long, default_value_t = 20_000_000)]
    curve_events: u64,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Also write all figures to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.child {
        Some(Child::Child(task)) => child(&task),
        Some(Child::Soak(flags)) => {
            install_tls()?;
            soak::run(&flags)
        }
        None => measure(arguments.flags),
    }
}

fn child(task: &Task) -> Result<()> {
    let figures = match task.work {
        Work::Floor => floor::run(task)?,
        Work::RowsPlain | Work::RowsBest => rows::run(task)?,
        Work::Store => store::run(task)?,
        Work::Stages => stages::run(task)?,
        Work::Replay => replay::run(task)?,
        Work::Reports => reports::run(task, Asked::Report)?,
        Work::Periods => reports::run(task, Asked::Period)?,
        Work::FillTail => growth::fill_tail(task)?,
        Work::Serve => return server::serve(task),
        Work::Postgres => postgres::run(task)?,
        Work::RowsPostgres => postgres::rows::run(task)?,
        Work::Curve => postgres::curve::run(task)?,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?;
    Ok(())
}

/// The client wants one, although it speaks plain HTTP here.
fn install_tls() -> Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow!("a TLS provider was there before"))
}

fn measure(flags: Flags) -> Result<()> {
    install_tls()?;
    let scratch = tempfile::Builder::new()
        .prefix("exchequer-bench")
        .tempdir_in(&flags.ground.dir)?;
    let mut ground = flags.ground;
    ground.dir = scratch.path().to_owned();
    if flags.full {
        ground.events = 10_000_000;
    }
    let plan = Plan {
        ground,
        runs: flags.runs.max(1),
        rows_events: flags.rows_events,
        postgres: flags.postgres,
        curve_events: flags.curve_events,
        only: flags.only,
    };
    let collected = plan.run()?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} events, {} runs, {} cores; figures are medians of the runs\n",
        table::number(plan.ground.events as f64),
        plan.runs,
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    )?;
    for table in summary::tables(&collected) {
        writeln!(out, "{table}")?;
    }
    if let Some(path) = flags.json {
        let document = serde_json::json!({
            "events": plan.ground.events,
            "runs": plan.runs,
            "targets": targets::json(&collected),
            "figures": collected.json(),
        });
        std::fs::write(path, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}
