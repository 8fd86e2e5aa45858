//! The obvious layout: natural keys, names in every row, a rollup upserted
//! with each event.

use anyhow::Result;
use exchequer_core::OrganizationId;
use rusqlite::{Connection, params};

use super::{Layout, amount, day, open, size};
use crate::floor::Meters;
use crate::input::Chunk;
use crate::kinds::KINDS;
use crate::task::Task;
use crate::world::World;

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

pub(super) struct Plain {
    connection: Connection,
    ids: Vec<OrganizationId>,
    days: (i64, i64),
}

impl Plain {
    pub(super) fn create(task: &Task) -> Result<Self> {
        let world = task.ground.fresh();
        let first = i64::from(world.month.first().number());
        Ok(Self {
            connection: open(task, SCHEMA)?,
            ids: world.ids(),
            days: (first, first + 30),
        })
    }
}

impl Layout for Plain {
    fn commit(&mut self, chunks: &[Chunk], meters: &Meters) -> Result<u64> {
        let transaction = self.connection.transaction()?;
        let mut new = 0;
        {
            let mut insert = transaction.prepare_cached(INSERT)?;
            let mut upsert = transaction.prepare_cached(UPSERT)?;
            for event in chunks.iter().flat_map(Chunk::iter) {
                let organization = self.ids[usize::from(event.organization)];
                let organization = organization.as_bytes();
                let kind = &KINDS[usize::from(event.kind)];
                let inserted = insert.execute(params![
                    organization,
                    event.source(),
                    event.id,
                    kind.event_type,
                    event.subject,
                    event.micros,
                    event.data
                ])?;
                if inserted == 0 {
                    continue;
                }
                new += 1;
                let amount = amount(meters.read(&event)?);
                upsert.execute(params![
                    organization,
                    day(&event),
                    kind.meter,
                    event.subject,
                    amount,
                    event.micros
                ])?;
            }
        }
        transaction.commit()?;
        Ok(new)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn size(&self) -> Result<f64> {
        size(&self.connection)
    }

    fn report(&mut self, organization: u32) -> Result<usize> {
        let mut statement = self.connection.prepare_cached(REPORT)?;
        let key = World::organization(organization);
        let lines: Vec<(String, String, i64, i64, i64)> = statement
            .query_map(params![key.as_bytes(), self.days.0, self.days.1], |row| {
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
}
