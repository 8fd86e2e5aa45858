//! A soak: mixed load on a real server for a set time.
//!
//! It asks three things. Does anything get slower or larger while the ledger
//! grows? Does anything fail? And is everything counted at the end?
//!
//! The answers stay of one size, so that flat figures mean something:
//! see [`calendar`]. It begins with a ledger that is in use, because caches
//! fill, and filters take two bytes of memory an event (up to 64 MiB).

mod calendar;
mod load;
mod operation;
mod operations;
mod ratios;
mod record;
mod schedule;
mod table;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Parser;
use exchequer_support::measure::{Process, Stopwatch};
use exchequer_support::{Connection, Ledger, Place, Program, Server, customers, program};
use serde_json::json;
use tokio::task::JoinSet;

use crate::calendar::Calendar;
use crate::load::Load;
use crate::record::Held;

/// Folding allocates much for a short time; this allocator gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Reports are waited for, and nobody is refused for asking too often.
const SETTINGS: [&str; 4] = ["--report-wait", "60s", "--rate-limit", "100000000"];
/// A line of log for each request would be load too.
const QUIET: [(&str, &str); 1] = [("RUST_LOG", "warn")];
/// Customers with a contract, the largest among them.
const SIGNED: usize = 9;
/// The pause between two readings of memory and files.
const EVERY: Duration = Duration::from_secs(1);
/// A last quarter may be so many times the first.
const LIMIT: f64 = 1.2;
/// Quarters of less than a minute say nothing about growth.
const LONG_ENOUGH: f64 = 240.0;

/// Mixed load for a while: does anything grow, slow down or get lost?
#[derive(Debug, Clone, Parser)]
#[command(name = "exchequer-soak")]
struct Flags {
    /// Minutes of load after the warm-up
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// Seconds of the same load before anything counts
    #[arg(long, default_value_t = 60.0)]
    warm_up: f64,
    /// Events offered a second, a thousand in a request
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000))]
    rate: u64,
    /// Events that the ledger holds before it begins, at least
    #[arg(long, default_value_t = 10_000_000)]
    before: u64,
    /// Organisations
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(10..=1_000))]
    organizations: u32,
    /// Seconds between two rows of the table
    #[arg(long, default_value_t = 30.0)]
    every: f64,
    /// Directory of the database, on a disk, not in memory
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: PathBuf,
    /// The `exchequer` that is put under load, in place of this build's
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

fn main() -> ExitCode {
    // The server under load is this program under another name.
    if program::is_called_by_name() {
        return exchequer_cli::main();
    }
    match run(&Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a soak. It fails if something was lost, if an operation failed, or if
/// it was long enough and something was not flat.
fn run(flags: &Flags) -> Result<()> {
    let program = match &flags.program {
        Some(path) => Program::at(path),
        None => Program::own(),
    };
    let directory = tempfile::Builder::new()
        .prefix("exchequer-soak")
        .tempdir_in(&flags.dir)?;
    let ledger = Ledger::init_with(program, Place::Directory(directory));
    let runtime = tokio::runtime::Runtime::new()?;
    match runtime.block_on(soak(flags, &ledger))? {
        None => Ok(()),
        Some(why) => bail!(why),
    }
}

async fn soak(flags: &Flags, ledger: &Ledger) -> Result<Option<String>> {
    let calendar = Calendar {
        organizations: flags.organizations,
        rate: flags.rate,
        before: flags.before,
    };
    let mut out = std::io::stdout();
    let server = ledger.serve_with(&SETTINGS, &QUIET);
    let operator = Connection::login(&server.url, &ledger.id, &ledger.secret).await?;
    sign(&operator, calendar).await?;
    let clock = Stopwatch::start();
    fill(&operator, calendar).await?;
    writeln!(
        out,
        "{} events of {} organisations before it begins, in {:.0} s; then {} events a second\n",
        calendar.fill() * calendar::BATCH,
        flags.organizations,
        clock.seconds(),
        flags.rate
    )?;
    let load = Arc::new(Load::new(calendar, calendar.fill()));
    let mut workers = schedule::start(&load, &operator).await?;
    let (begin, end) = (flags.warm_up, flags.warm_up + flags.minutes * 60.0);
    watch(flags, &load, &server, &ledger.data(), &mut workers).await?;
    load.end();
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    let record = &load.record;
    let quarter = (end - begin) / 4.0;
    let first = record.figures(begin, begin + quarter);
    let last = record.figures(end - quarter, end);
    write!(out, "{}", ratios::table(&first, &last))?;
    let errors = record.errors();
    writeln!(out, "\nerrors: {errors:?}")?;
    let (events, clock) = (load.sent() * calendar::BATCH, Stopwatch::start());
    verify::totals(&operator, calendar, load.sent()).await?;
    let took = clock.seconds();
    writeln!(
        out,
        "{events} events were sent, and all are counted once ({took:.0} s)"
    )?;
    let grown = ratios::grown(&first, &last, LIMIT);
    let long = end - begin >= LONG_ENOUGH;
    Ok(match (errors.is_empty(), grown.is_empty()) {
        (false, _) => Some(format!("operations failed: {errors:?}")),
        (true, false) if long => Some(format!("not flat: {}", grown.join(", "))),
        _ => None,
    })
}

/// Puts organisations, meters, the partner, the products, and contracts that
/// began with the world.
async fn sign(operator: &Connection, calendar: Calendar) -> Result<()> {
    customers::put_organizations(operator, calendar.organizations).await?;
    customers::prepare(operator).await?;
    for customer in calendar.ids().into_iter().take(SIGNED) {
        let contract = json!({
            "organization": customer.to_string(),
            "subscription": "MONTH_TO_MONTH",
            "currency": "EUR",
            "start": "2001-01-01",
            "lines": [
                { "product": "USERS", "overagePrice": "140" },
                { "product": "STATIONS", "overagePrice": "0.3" },
                { "product": "SMS", "overagePrice": "9" },
                { "product": "VOICE", "allowance": "250", "tierMode": "graduated",
                  "tiers": [{ "upTo": "1000", "price": "0.021" }, { "price": "0.0175" }] },
            ],
        });
        customers::sign_as(operator, customer, &contract).await?;
    }
    Ok(())
}

/// Sends the days of the first report, as fast as they are taken.
async fn fill(operator: &Connection, calendar: Calendar) -> Result<()> {
    const SENDERS: usize = 4;
    let load = Arc::new(Load::new(calendar, 0));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (at, load) = (operator.another()?, Arc::clone(&load));
        senders.spawn(async move {
            // Whoever comes last takes one too many, hence the check before.
            while load.sent() < calendar.fill() - SENDERS as u64 {
                load.ingest(&at, None).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    while load.sent() < calendar.fill() {
        load.ingest(operator, None).await?;
    }
    ensure!(
        load.sent() == calendar.fill(),
        "too many requests were sent"
    );
    Ok(())
}

/// Prints a row now and then until it is over, or a worker gave up.
async fn watch(
    flags: &Flags,
    load: &Load,
    server: &Server,
    directory: &Path,
    workers: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let (process, record) = (Process::with_id(server.id()), &load.record);
    let end = flags.warm_up + flags.minutes * 60.0;
    let mut out = std::io::stdout();
    let (mut next, mut from) = (flags.every, 0.0);
    write!(out, "{}", table::header())?;
    loop {
        tokio::time::sleep(EVERY).await;
        if let Some(ended) = workers.try_join_next() {
            ended??;
        }
        record.held(held(&process, directory, record.now()));
        if record.now() >= next {
            let warm = record.now() > flags.warm_up;
            write!(out, "{}", table::row(record, from, next, warm))?;
            out.flush()?;
            (from, next) = (next, next + flags.every);
        }
        if record.now() >= end {
            return Ok(());
        }
    }
}

/// Reads what the server and its ledger take up.
fn held(process: &Process, database: &Path, at: f64) -> Held {
    let files = std::fs::read_dir(database).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
    Held {
        at,
        memory: process.resident().unwrap_or_default(),
        files: process.files().unwrap_or_default(),
        database: sizes.sum::<u64>() as f64 / 1e6,
    }
}
