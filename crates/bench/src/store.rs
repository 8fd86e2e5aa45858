//! Ingestion into the store itself: speed, CPU, memory, bytes by part.

use std::time::Duration;

use anyhow::Result;
use exchequer_ledger::Verdict;
use exchequer_store::{Store, StoreError};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::drive::{drive, folds_done};
use crate::setup;
use crate::task::{Figures, Task, note};
use exchequer_support::measure::{Process, Stopwatch};

/// The rest of a store before its idle memory is read.
const REST: Duration = Duration::from_secs(2);

/// Tables, by the part of an event's bytes that they hold.
const PARTS: [(&str, &[&str]); 6] = [
    ("journal", &["journal"]),
    ("segments", &["segment"]),
    (
        "identity",
        &["identity_run", "identity_page", "identity_filter"],
    ),
    ("rollups", &["rollup"]),
    ("subjects", &["subject"]),
    ("marks", &["mark"]),
];

/// Returns a runtime with as many threads as the server uses on the reference machine.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("callers")
        .enable_all()
        .build()?)
}

/// Measures ingestion; the database is left for the reports.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(ingest(task))
}

async fn ingest(task: &Task) -> Result<Figures> {
    let directory = task.fresh_database()?;
    let world = task.ground.fresh();
    let store = setup::create(&directory, &world).await?;
    let process = Process::current();
    let (cpu, written) = (process.cpu(), process.written());
    let clock = Stopwatch::start();
    let driven = drive(
        &store,
        &task.input(),
        task.first,
        world.ids(),
        Verdict::Accepted,
    )
    .await?;
    let acked_cpu = process.cpu();
    folds_done(&store).await?;
    let seconds = clock.seconds();
    // Merges of identity runs and checkpoints may still follow.
    process.quiet().await;
    let events = driven.events();
    let per_million = |from: Option<f64>, to: Option<f64>| Some((to? - from?) / events * 1e6);
    let mut figures = Figures::new();
    let mut put = |name: &str, value| note(&mut figures, &format!("store.{name}"), value);
    put("rate", Some(driven.rate()));
    put("folded_rate", Some(events / seconds));
    put("acked_cpu", per_million(cpu, acked_cpu));
    put("cpu", per_million(cpu, process.cpu()));
    put(
        "disk_bytes",
        per_million(written, process.written()).map(|bytes| bytes / 1e6),
    );
    put("retries", Some(driven.retries as f64));
    for (thread, seconds) in process.threads() {
        put(&format!("thread.{thread}"), Some(seconds / events * 1e6));
    }
    for (number, rate) in driven.rates(4).into_iter().enumerate() {
        put(&format!("quarter{}", number + 1), Some(rate));
    }
    for (number, rate) in driven.rates(10).into_iter().enumerate() {
        put(&format!("tenth{:02}", number + 1), Some(rate));
    }
    driven.note_times(&mut figures, "store");
    finish(&store, &directory, events, &mut figures).await?;
    Ok(figures)
}

/// Notes what is left when everything is folded.
async fn finish(
    store: &Store,
    directory: &std::path::Path,
    events: f64,
    figures: &mut Figures,
) -> Result<()> {
    let file = Connection::open(directory.join("exchequer.db"))?;
    note(figures, "store.group", Some(events / groups(&file)?));
    note(figures, "store.bytes.journal", journal(&file)?);
    let clock = Stopwatch::start();
    store.fold().await?;
    note(figures, "store.last_fold", Some(clock.seconds()));
    note(figures, "store.memory", Process::current().peak());
    for (name, bytes) in sizes(&file)? {
        // The journal is empty now: its bytes are those of the tail before.
        if name != "journal" {
            note(
                figures,
                &format!("store.bytes.{name}"),
                Some(bytes / events),
            );
        }
    }
    let wal = std::fs::metadata(directory.join("exchequer.db-wal"));
    note(
        figures,
        "store.wal",
        wal.ok().map(|file| file.len() as f64 / 1e6),
    );
    tokio::time::sleep(REST).await;
    note(figures, "store.idle_memory", Process::current().resident());
    store.close();
    Ok(())
}

fn groups(connection: &Connection) -> Result<f64, StoreError> {
    Ok(connection.query_row("SELECT COUNT(*) FROM mark", [], |row| row.get(0))?)
}

/// Bytes an event in the journal, if it holds any.
fn journal(connection: &Connection) -> Result<Option<f64>, StoreError> {
    let sql = "SELECT SUM(LENGTH(blob)) * 1.0 / SUM(events) FROM journal";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Bytes of pages by part, and of the two columns of segments.
pub(crate) fn sizes(connection: &Connection) -> Result<Vec<(&'static str, f64)>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT tbl_name, SUM(pgsize) FROM dbstat JOIN sqlite_schema USING (name)
         WHERE aggregate = TRUE GROUP BY tbl_name",
    )?;
    let tables: Vec<(String, f64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let sum = |wanted: &dyn Fn(&str) -> bool| -> f64 {
        tables
            .iter()
            .filter(|(table, _)| wanted(table))
            .map(|(_, bytes)| bytes)
            .sum()
    };
    let mut sizes: Vec<_> = PARTS
        .iter()
        .map(|(part, names)| (*part, sum(&|table| names.contains(&table))))
        .collect();
    let known = |table: &str| PARTS.iter().any(|(_, names)| names.contains(&table));
    sizes.push(("catalog", sum(&|table| !known(table))));
    sizes.push(("all", sum(&|_| true)));
    let columns = "SELECT TOTAL(LENGTH(blob)), TOTAL(LENGTH(data)) FROM segment";
    let (blob, data) = connection.query_row(columns, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    sizes.extend([("segments_columns", blob), ("segments_data", data)]);
    let file = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    sizes.push(("file", connection.query_row(file, [], |row| row.get(0))?));
    Ok(sizes)
}
