//! One row per event in SQLite: natural keys, names in every row, and a rollup
//! that is upserted with each event; a request is one transaction.

use anyhow::{Result, ensure};
use exchequer_core::{MICROS_PER_DAY, OrganizationId};
use rusqlite::{Connection, params};

use crate::input::{Chunk, Reader};
use crate::kinds::KINDS;
use crate::meters::Meters;
use crate::task::{Figures, Task, note};
use crate::world::World;
use exchequer_support::measure::{Process, Stopwatch, percentile};

const SCHEMA: &str = "
CREATE TABLE event (
    organization BLOB NOT NULL,
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    time         INTEGER NOT NULL,
    data         TEXT NOT NULL,
    PRIMARY KEY (organization, source, id)
) STRICT;
CREATE TABLE rollup (
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    meter        TEXT NOT NULL,
    subject      TEXT NOT NULL,
    count        INTEGER NOT NULL,
    sum          INTEGER NOT NULL,
    max          INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    PRIMARY KEY (organization, day, meter, subject)
) STRICT;";

const INSERT: &str = "INSERT INTO event (organization, source, id, type, subject, time, data)
 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

const UPSERT: &str =
    "INSERT INTO rollup (organization, day, meter, subject, count, sum, max, first)
 VALUES ($1, $2, $3, $4, 1, $5, $5, $6)
 ON CONFLICT DO UPDATE SET count = count + 1, sum = sum + excluded.sum,
     max = MAX(max, excluded.max), first = MIN(first, excluded.first)";

const REPORT: &str = "SELECT meter, subject, SUM(sum), MAX(max), MIN(first)
 FROM rollup WHERE organization = $1 AND day BETWEEN $2 AND $3
 GROUP BY meter, subject ORDER BY meter, MIN(first), subject";

/// The number of times that a report is asked for.
const REPORTS: usize = 20;

/// Measures ingestion, and reports of what it has left.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    let mut connection = open(task)?;
    let ids = task.ground.fresh().ids();
    let mut reader = Reader::open(&task.input(), task.first)?;
    let (meters, mut chunk, mut events) = (Meters::new(), Chunk::default(), 0u64);
    let clock = Stopwatch::start();
    while reader.next(&mut chunk)? {
        let new = commit(&mut connection, &chunk, &meters, &ids)?;
        ensure!(
            new == chunk.events,
            "{new} of {} events were new",
            chunk.events
        );
        events += new as u64;
    }
    let seconds = clock.seconds();
    let per_million = |cpu: f64| cpu / events as f64 * 1e6;
    let mut figures = Figures::new();
    let mut put = |name: &str, value| note(&mut figures, &format!("rows.{name}"), value);
    put("rate", Some(events as f64 / seconds));
    put("cpu", Process::current().cpu().map(per_million));
    put("bytes", Some(size(&connection)? / events as f64));
    for (who, organization) in [("largest", 0), ("median", task.ground.fresh().median())] {
        let mut times = Vec::new();
        for _ in 0..REPORTS {
            let clock = Stopwatch::start();
            let listed = report(&connection, task, organization)?;
            times.push(clock.millis());
            ensure!(listed > 0, "an empty report");
        }
        put(&format!("report.{who}.p50"), percentile(&mut times, 0.5));
    }
    Ok(figures)
}

fn open(task: &Task) -> Result<Connection> {
    let connection = Connection::open(task.fresh_database()?.join("rows.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Stores a request in one transaction; returns how many of its events were new.
fn commit(
    connection: &mut Connection,
    chunk: &Chunk,
    meters: &Meters,
    ids: &[OrganizationId],
) -> Result<usize> {
    let transaction = connection.transaction()?;
    let mut new = 0;
    {
        let mut insert = transaction.prepare_cached(INSERT)?;
        let mut upsert = transaction.prepare_cached(UPSERT)?;
        for event in chunk.iter() {
            let organization = ids[usize::from(event.organization)];
            let organization = organization.as_bytes();
            let kind = &KINDS[usize::from(event.kind)];
            let inserted = insert.execute(params![
                organization,
                event.source(),
                event.id,
                kind.meter.event_type,
                event.subject,
                event.micros,
                event.data
            ])?;
            // A repeat must not count in the rollup again.
            if inserted == 0 {
                continue;
            }
            new += 1;
            upsert.execute(params![
                organization,
                event.micros.div_euclid(MICROS_PER_DAY),
                kind.meter.name,
                event.subject,
                meters.amount(&event)?,
                event.micros
            ])?;
        }
    }
    transaction.commit()?;
    Ok(new)
}

/// Returns the number of resources in the report of the month.
fn report(connection: &Connection, task: &Task, organization: u32) -> Result<usize> {
    let first = i64::from(task.ground.fresh().month.first().number());
    let key = World::organization(organization);
    let mut statement = connection.prepare_cached(REPORT)?;
    let lines: Vec<(String, String, i64, i64, i64)> = statement
        .query_map(params![key.as_bytes(), first, first + 30], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })?
        .collect::<Result<_, _>>()?;
    Ok(lines.len())
}

fn size(connection: &Connection) -> Result<f64> {
    let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
