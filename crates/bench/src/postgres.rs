//! The ledger in PostgreSQL: one node or several at work on one database.

use anyhow::{Context as _, Result};
use exchequer_ledger::Verdict;
use exchequer_store::Store;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::drive::{drive_all, folds_done};
use crate::setup;
use crate::store::runtime;
use crate::task::{Figures, Task, note};
use exchequer_support::measure::{Process, Stopwatch};

/// Measures ingestion; the database is left for the reports. CPU and memory
/// are those of the nodes, which share this process, and not the server's.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(ingest(task))
}

async fn ingest(task: &Task) -> Result<Figures> {
    let world = task.ground.fresh();
    let mut nodes = vec![setup::create(task.location(), &world).await?];
    for _ in 1..task.nodes {
        nodes.push(Store::open(task.location())?);
    }
    let process = Process::current();
    let cpu = process.cpu();
    let clock = Stopwatch::start();
    let accepted = Verdict::Accepted;
    let driven = drive_all(&nodes, &task.input(), task.first, world.ids(), accepted).await?;
    let acked_cpu = process.cpu();
    for node in &nodes {
        folds_done(node).await?;
    }
    let seconds = clock.seconds();
    process.quiet().await;
    let events = driven.events();
    let per_million = |to: Option<f64>| Some((to? - cpu?) / events * 1e6);
    let mut figures = Figures::new();
    let mut put = |name: &str, value| note(&mut figures, &format!("store.{name}"), value);
    put("rate", Some(driven.rate()));
    put("folded_rate", Some(events / seconds));
    put("acked_cpu", per_million(acked_cpu));
    put("cpu", per_million(process.cpu()));
    put("retries", Some(driven.retries as f64));
    for (thread, seconds) in process.threads() {
        put(&format!("thread.{thread}"), Some(seconds / events * 1e6));
    }
    put("memory", process.peak());
    driven.note_times(&mut figures, "store");
    nodes[0].fold().await?;
    nodes[0].tidy().await?;
    let bytes = bytes(task).await?;
    note(&mut figures, "store.bytes.all", Some(bytes / events));
    nodes.iter().for_each(Store::close);
    clean_up(task).await?;
    Ok(figures)
}

/// Makes the database do now what it would do by itself within minutes, so that it
/// does not do it while reports are measured.
async fn clean_up(task: &Task) -> Result<()> {
    let mut connection = connect(task).await?;
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::raw_sql(statement).execute(&mut connection).await?;
    }
    Ok(())
}

/// Bytes of all tables with their indexes, dead rows among them.
async fn bytes(task: &Task) -> Result<f64> {
    let query = "SELECT cast(sum(pg_total_relation_size(oid)) AS BIGINT)
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
    let mut connection = connect(task).await?;
    let row = sqlx::query(query).fetch_one(&mut connection).await?;
    Ok(row.try_get::<i64, _>(0)? as f64)
}

async fn connect(task: &Task) -> Result<PgConnection> {
    let url = task.url.as_deref().context("no database")?;
    Ok(PgConnection::connect(url).await?)
}
