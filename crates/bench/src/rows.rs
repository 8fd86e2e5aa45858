//! One row per event in SQLite, as most would build it and as well as it gets.
//!
//! Both do less than the store: sessions are added up instead of merged, and
//! the better layout finds a repeat only on the day of its first sending.

mod best;
mod plain;

use anyhow::{Result, ensure};
use exchequer_core::{MICROS_PER_DAY, Reading};
use rusqlite::Connection;

use crate::floor::Meters;
use crate::input::{BATCH, Chunk, Event, Reader};
use crate::measure::{Clock, Process, percentile};
use crate::task::{Figures, Task, Work, note};

/// Keeps events as rows.
trait Layout {
    /// Stores batches in one transaction; how many events were new.
    fn commit(&mut self, chunks: &[Chunk], meters: &Meters) -> Result<u64>;
    /// Does what was put off.
    fn finish(&mut self) -> Result<()>;
    /// Bytes of the database.
    fn size(&self) -> Result<f64>;
    /// Resources in the report of a whole month.
    fn report(&mut self, organization: u32) -> Result<usize>;
}

fn open(task: &Task, schema: &str) -> Result<Connection> {
    let connection = Connection::open(task.fresh_database()?.join("rows.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(schema)?;
    Ok(connection)
}

fn size(connection: &Connection) -> Result<f64> {
    let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

fn day(event: &Event<'_>) -> i64 {
    event.micros.div_euclid(MICROS_PER_DAY)
}

/// The quantity as the rollup's column takes it: millionths, or microseconds.
pub(crate) fn amount(reading: Reading) -> i64 {
    match reading {
        Reading::Point(quantity) => (quantity.scaled() / 1_000) as i64,
        Reading::Session { micros } => micros as i64,
    }
}

/// Measures one of the layouts.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    let (name, group, mut layout): (_, _, Box<dyn Layout>) = match task.work {
        // A transaction for each request is what "plain" means.
        Work::RowsPlain => ("plain", 1, Box::new(plain::Plain::create(task)?)),
        _ => ("best", task.group, Box::new(best::Best::create(task)?)),
    };
    let mut reader = Reader::open(&task.input(), task.first)?;
    let (meters, mut chunks) = (Meters::new(), Vec::new());
    let (mut events, clock) = (0u64, Clock::start());
    loop {
        let mut chunk = Chunk::default();
        let more = reader.next(&mut chunk)?;
        if more {
            chunks.push(chunk);
        }
        if chunks.len() == group || (!more && !chunks.is_empty()) {
            let sent: usize = chunks.iter().map(|chunk| chunk.events).sum();
            let new = layout.commit(&chunks, &meters)?;
            ensure!(
                new == sent as u64,
                "{} of {sent} events were taken for repeats",
                sent as u64 - new
            );
            events += new;
            chunks.clear();
        }
        if !more {
            break;
        }
    }
    layout.finish()?;
    let seconds = clock.seconds();
    let mut figures = Figures::new();
    let mut put = |what: &str, value| note(&mut figures, &format!("rows_{name}.{what}"), value);
    put("rate", Some(events as f64 / seconds));
    put("events", Some(events as f64));
    put(
        "cpu",
        Process::current()
            .cpu()
            .map(|cpu| cpu / events as f64 * 1e6),
    );
    put("bytes", Some(layout.size()? / events as f64));
    put("group", Some((group * BATCH) as f64));
    put("memory", Process::current().peak());
    for (who, organization) in [("largest", 0), ("median", task.ground.fresh().median())] {
        let mut times = Vec::new();
        for _ in 0..20 {
            let clock = Clock::start();
            let listed = layout.report(organization)?;
            times.push(clock.millis());
            ensure!(listed > 0, "an empty report");
        }
        put(&format!("report_{who}_p50"), percentile(&mut times, 0.5));
    }
    Ok(figures)
}
