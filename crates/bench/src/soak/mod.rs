//! A soak: mixed load on a real server for a set time.
//!
//! It asks three things. Does anything get slower or larger while the ledger
//! grows? Does anything fail? And is everything counted at the end?
//!
//! What is asked for stays of one size, so that flat figures mean something:
//! see [`calendar`]. It begins with a ledger that is in use, because caches
//! fill, and filters take two bytes of memory an event (up to 64 MiB).

mod calendar;
mod load;
mod operations;
mod record;
mod table;
mod verify;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use crate::contracts;
use crate::measure::{Clock, Process};
use crate::server::Server;
use crate::soak::calendar::Calendar;
use crate::soak::load::Load;
use crate::soak::record::Held;
use crate::store::runtime;
use crate::task::{Ground, Task, Work};

/// Customers with a contract, the largest among them.
const SIGNED: usize = 9;
/// How often memory and files are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A last quarter may be so many times the first.
const LIMIT: f64 = 1.2;
/// Quarters of less than a minute say nothing about growth.
const LONG_ENOUGH: f64 = 240.0;

/// Flags of `soak`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Flags {
    /// How long, after the warm-up
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
    /// Where the database is made; a disk, not memory
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    dir: std::path::PathBuf,
}

/// Runs a soak. It fails if something was lost, if an operation failed, or if
/// it was long enough and something was not flat.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let scratch = tempfile::Builder::new()
        .prefix("exchequer-soak")
        .tempdir_in(&flags.dir)?;
    let ground = Ground {
        dir: scratch.path().to_owned(),
        // The world makes one organisation for a hundred events.
        events: u64::from(flags.organizations) * 100,
        seed: 1,
        overlap: false,
    };
    let task = Task::new(&ground, Work::Serve);
    task.fresh_database()?;
    let verdict = runtime()?.block_on(soak(flags, &task))?;
    match verdict {
        None => Ok(()),
        Some(why) => bail!(why),
    }
}

async fn soak(flags: &Flags, task: &Task) -> Result<Option<String>> {
    let calendar = Calendar {
        organizations: flags.organizations,
        rate: flags.rate,
        before: flags.before,
    };
    let mut out = std::io::stdout();
    let server = Server::start(task)?;
    sign(&server, calendar).await?;
    let clock = Clock::start();
    fill(&server, calendar).await?;
    writeln!(
        out,
        "{} events of {} organisations before it begins, in {:.0} s; then {} events a second\n",
        calendar.fill() * calendar::BATCH,
        flags.organizations,
        clock.seconds(),
        flags.rate
    )?;
    let load = Arc::new(Load::new(calendar, calendar.fill()));
    let mut workers = load::start(&load, &server).await?;
    let (begin, end) = (flags.warm_up, flags.warm_up + flags.minutes * 60.0);
    watch(flags, &load, &server, task, &mut workers).await?;
    load.end();
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    let record = &load.record;
    let quarter = (end - begin) / 4.0;
    let first = record.figures(begin, begin + quarter);
    let last = record.figures(end - quarter, end);
    write!(out, "{}", table::ratios(&first, &last))?;
    let errors = record.errors();
    writeln!(out, "\nerrors: {errors:?}")?;
    let (events, clock) = (load.sent() * calendar::BATCH, Clock::start());
    verify::totals(&server.client().await?, calendar, load.sent()).await?;
    let took = clock.seconds();
    writeln!(
        out,
        "{events} events were sent, and all are counted once ({took:.0} s)"
    )?;
    let grown = table::grown(&first, &last, LIMIT);
    let long = end - begin >= LONG_ENOUGH;
    Ok(match (errors.is_empty(), grown.is_empty()) {
        (false, _) => Some(format!("operations failed: {errors:?}")),
        (true, false) if long => Some(format!("not flat: {}", grown.join(", "))),
        _ => None,
    })
}

/// The partner, the products, and contracts that began with the world.
async fn sign(server: &Server, calendar: Calendar) -> Result<()> {
    let operator = server.client().await?;
    contracts::prepare(&operator).await?;
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
        contracts::sign_as(&operator, customer, &contract).await?;
    }
    Ok(())
}

/// Sends the days of the first report, as fast as they are taken.
async fn fill(server: &Server, calendar: Calendar) -> Result<()> {
    const SENDERS: usize = 4;
    let load = Arc::new(Load::new(calendar, 0));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        let (at, load) = (server.client().await?, Arc::clone(&load));
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
    let at = server.client().await?;
    while load.sent() < calendar.fill() {
        load.ingest(&at, None).await?;
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
    task: &Task,
    workers: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let (process, record) = (server.process(), &load.record);
    let end = flags.warm_up + flags.minutes * 60.0;
    let mut out = std::io::stdout();
    let (mut next, mut from) = (flags.every, 0.0);
    write!(out, "{}", table::header())?;
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(ended) = workers.try_join_next() {
            ended??;
        }
        record.held(look(&process, &task.database(), record.now()));
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

fn look(process: &Process, database: &Path, at: f64) -> Held {
    let files = std::fs::read_dir(database).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
    Held {
        at,
        memory: process.resident().unwrap_or_default(),
        files: process.files().unwrap_or_default(),
        database: sizes.sum::<u64>() as f64 / 1e6,
    }
}
