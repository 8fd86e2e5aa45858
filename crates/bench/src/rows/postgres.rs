//! One row per event in PostgreSQL, as well as it is usually built: a request
//! is one statement, which inserts what is new and adds it to rollups.

use anyhow::{Context, Result, ensure};
use exchequer_core::MICROS_PER_DAY;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::input::{Chunk, Reader};
use crate::kinds::KINDS;
use crate::meters::Meters;
use crate::store::runtime;
use crate::task::{Figures, Task, note};
use exchequer_support::measure::{Process, Stopwatch};

const SCHEMA: &str = "
CREATE TABLE event (
    organization BYTEA NOT NULL,
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    time         BIGINT NOT NULL,
    amount       BIGINT NOT NULL,
    data         TEXT NOT NULL,
    PRIMARY KEY (organization, source, id)
);
CREATE TABLE rollup (
    organization BYTEA NOT NULL,
    day          BIGINT NOT NULL,
    type         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    count        BIGINT NOT NULL,
    sum          BIGINT NOT NULL,
    max          BIGINT NOT NULL,
    first        BIGINT NOT NULL,
    PRIMARY KEY (organization, day, type, subject)
);";

const INSERT: &str = "
WITH new AS (
    INSERT INTO event (organization, source, id, type, subject, time, amount, data)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[],
        $6::bigint[], $7::bigint[], $8::text[])
    ON CONFLICT DO NOTHING
    RETURNING organization, type, subject, time, amount),
added AS (
    INSERT INTO rollup (organization, day, type, subject, count, sum, max, first)
    SELECT organization, time / $9, type, subject, count(*), sum(amount), max(amount), min(time)
    FROM new GROUP BY 1, 2, 3, 4
    ON CONFLICT (organization, day, type, subject) DO UPDATE SET
        count = rollup.count + excluded.count, sum = rollup.sum + excluded.sum,
        max = greatest(rollup.max, excluded.max), first = least(rollup.first, excluded.first))
SELECT count(*) FROM new";

/// Measures it with one request after the other, as one writer would.
pub(crate) fn run(task: &Task) -> Result<Figures> {
    runtime()?.block_on(ingest(task))
}

async fn ingest(task: &Task) -> Result<Figures> {
    let url = task.url.as_deref().context("no database")?;
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    let ids = task.ground.fresh().ids();
    let mut reader = Reader::open(&task.input(), task.first)?;
    let (meters, mut chunk, mut events) = (Meters::new(), Chunk::default(), 0_i64);
    let clock = Stopwatch::start();
    while reader.next(&mut chunk)? {
        let (mut organizations, mut sources, mut event_ids) = (Vec::new(), Vec::new(), Vec::new());
        let (mut types, mut subjects, mut times) = (Vec::new(), Vec::new(), Vec::new());
        let (mut amounts, mut data) = (Vec::new(), Vec::new());
        for event in chunk.iter() {
            organizations.push(&ids[usize::from(event.organization)].as_bytes()[..]);
            sources.push(event.source());
            event_ids.push(event.id);
            types.push(KINDS[usize::from(event.kind)].meter.event_type);
            subjects.push(event.subject);
            times.push(event.micros);
            amounts.push(meters.amount(&event)?);
            data.push(event.data);
        }
        let row = sqlx::query(INSERT)
            .bind(&organizations)
            .bind(&sources)
            .bind(&event_ids)
            .bind(&types)
            .bind(&subjects)
            .bind(&times)
            .bind(&amounts)
            .bind(&data)
            .bind(MICROS_PER_DAY)
            .fetch_one(&mut connection)
            .await?;
        let new: i64 = row.try_get(0)?;
        ensure!(
            new == chunk.events as i64,
            "{new} of {} were new",
            chunk.events
        );
        events += new;
    }
    let seconds = clock.seconds();
    let mut figures = Figures::new();
    let mut put = |name: &str, value| note(&mut figures, &format!("rows_pg.{name}"), value);
    put("rate", Some(events as f64 / seconds));
    let cpu = Process::current().cpu();
    put("cpu", cpu.map(|cpu| cpu / events as f64 * 1e6));
    let size = "SELECT pg_total_relation_size('event') + pg_total_relation_size('rollup')";
    let bytes: i64 = sqlx::query(size)
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    put("bytes", Some(bytes as f64 / events as f64));
    Ok(figures)
}
