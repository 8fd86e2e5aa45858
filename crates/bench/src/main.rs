//! The benchmark program.
//!
//! One call measures everything side by side: the store, the server, the floor
//! that no exact and durable ledger can be faster than, and one row per event
//! in a database. Every contestant works in a process of its own on the same
//! generated events, all of them once in each run. It prints one line of CSV a
//! figure: the median of the runs, the lowest and the highest. `compare` sets
//! the figures of two builds beside one another.

mod asks;
mod bodies;
mod compare;
mod curve;
mod drive;
mod figures;
mod floor;
mod http;
mod input;
mod kinds;
mod meters;
mod overviews;
mod postgres;
mod questions;
mod reports;
mod rows;
mod run;
mod served;
mod setup;
mod shapes;
mod small_writes;
mod store;
mod task;
mod world;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use exchequer_support::{Program, program};

use crate::figures::Collected;
use crate::run::{Part, Plan};
use crate::task::{Ground, Task, Work};

/// Folding allocates much for a short time; this allocator gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Exchequer beside a floor and beside one row per event
#[derive(Parser)]
#[command(name = "exchequer-bench", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Compares the figures of runs before a change with those after it
    Compare(compare::Flags),
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
    /// Number of times that everything is measured
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
    /// Seconds of small writes, and at most of each load of what is stored already
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// The `exchequer` that is measured over HTTP, in place of this build's
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Also write the figures of every run to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    // The servers that are measured are this program under another name.
    if program::is_called_by_name() {
        return exchequer_cli::main();
    }
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Some(Command::Child(task)) => child(&task),
        Some(Command::Compare(flags)) => compare::run(&flags),
        None => measure(arguments.flags),
    }
}

fn child(task: &Task) -> Result<()> {
    let figures = match task.work {
        Work::Floor => floor::run(task)?,
        Work::Rows => rows::sqlite::run(task)?,
        Work::Store => store::run(task)?,
        Work::Postgres => postgres::run(task)?,
        Work::RowsPostgres => rows::postgres::run(task)?,
        Work::Curve => curve::run(task)?,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&figures)?)?;
    Ok(())
}

fn measure(flags: Flags) -> Result<()> {
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
        seconds: flags.seconds,
        program: match flags.program {
            Some(path) => Program::at(&path),
            None => Program::own(),
        },
        only: flags.only,
    };
    let collected: Collected = plan.run()?;
    write!(std::io::stdout(), "{}", collected.csv())?;
    if let Some(path) = flags.json {
        let document = serde_json::json!({
            "events": plan.ground.events,
            "runs": plan.runs,
            "figures": collected.json(),
        });
        std::fs::write(path, serde_json::to_string_pretty(&document)?)?;
    }
    Ok(())
}
