//! The best layout found: rows in the order of day and identity hash, so that
//! inserts stay near one another, names as numbers, rollups put off and
//! written sorted.

use anyhow::{Result, anyhow};
use hashbrown::HashMap;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use xxhash_rust::xxh3::Xxh3;

use super::{Layout, amount, day, open, size};
use crate::floor::Meters;
use crate::input::{Chunk, Event};
use crate::task::Task;

const SCHEMA: &str = "
CREATE TABLE event (
    key          INTEGER PRIMARY KEY NOT NULL, -- day, then a hash of the identity
    organization INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    subject      INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    id           TEXT NOT NULL,
    data         TEXT NOT NULL
) STRICT;
CREATE TABLE subject (
    organization INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (organization, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE rollup (
    organization INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    subject      INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    sum          INTEGER NOT NULL,
    max          INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    PRIMARY KEY (organization, day, kind, subject)
) STRICT, WITHOUT ROWID;";

const INSERT: &str = "INSERT INTO event (key, organization, source, kind, subject, time, id, data)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

const SAME: &str = "SELECT organization = $2 AND source = $3 AND id = $4 FROM event WHERE key = $1";

const UPSERT: &str = "INSERT INTO rollup (organization, day, kind, subject, count, sum, max, first)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
 ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum,
     max = MAX(max, excluded.max), first = MIN(first, excluded.first)";

const REPORT: &str = "SELECT kind, name, SUM(sum), MAX(max), MIN(first)
 FROM rollup JOIN subject USING (organization)
 WHERE organization = $1 AND day BETWEEN $2 AND $3 AND subject.number = rollup.subject
 GROUP BY kind, subject ORDER BY kind, MIN(first), name";

/// Rollups are written after this many events, as the store folds.
const PUT_OFF: u64 = 128_000;

/// Organisation, day, kind and subject.
type Key = (u16, i64, u8, u32);

struct Roll {
    count: i64,
    sum: i64,
    max: i64,
    first: i64,
}

pub(super) struct Best {
    connection: Connection,
    subjects: HashMap<(u16, Box<str>), u32>,
    last_subject: u32,
    rolls: HashMap<Key, Roll>,
    waiting: u64,
    days: (i64, i64),
}

impl Best {
    pub(super) fn create(task: &Task) -> Result<Self> {
        let first = i64::from(task.ground.fresh().month.first().number());
        let connection = open(task, SCHEMA)?;
        connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
        Ok(Self {
            connection,
            subjects: HashMap::new(),
            last_subject: 0,
            rolls: HashMap::new(),
            waiting: 0,
            days: (first, first + 30),
        })
    }

    /// The subject's number, and whether it is new.
    fn subject(&mut self, event: &Event<'_>) -> (u32, bool) {
        let key: (u16, Box<str>) = (event.organization, event.subject.into());
        if let Some(number) = self.subjects.get(&key) {
            return (*number, false);
        }
        self.last_subject += 1;
        self.subjects.insert(key, self.last_subject);
        (self.last_subject, true)
    }

    fn put_off(&mut self, event: &Event<'_>, subject: u32, amount: i64) {
        let key = (event.organization, day(event), event.kind, subject);
        let roll = self.rolls.entry(key).or_insert(Roll {
            count: 0,
            sum: 0,
            max: 0,
            first: event.micros,
        });
        roll.count += 1;
        roll.sum += amount;
        roll.max = roll.max.max(amount);
        roll.first = roll.first.min(event.micros);
        self.waiting += 1;
    }

    fn write_rollups(&mut self) -> Result<()> {
        let mut rolls: Vec<(Key, Roll)> = self.rolls.drain().collect();
        rolls.sort_unstable_by_key(|(key, _)| *key);
        let transaction = self.connection.transaction()?;
        {
            let mut upsert = transaction.prepare_cached(UPSERT)?;
            for ((organization, day, kind, subject), roll) in rolls {
                upsert.execute(params![
                    organization,
                    day,
                    kind,
                    subject,
                    roll.count,
                    roll.sum,
                    roll.max,
                    roll.first
                ])?;
            }
        }
        transaction.commit()?;
        self.waiting = 0;
        Ok(())
    }
}

/// An event with its key and its subject's number.
type Keyed<'a> = (i64, u32, Event<'a>);

/// Inserts sorted events; whether each was new.
fn insert_all(transaction: &Transaction<'_>, sorted: &[Keyed<'_>]) -> Result<Vec<bool>> {
    let mut insert = transaction.prepare_cached(INSERT)?;
    let mut same = transaction.prepare_cached(SAME)?;
    let mut new = Vec::with_capacity(sorted.len());
    for (key, subject, event) in sorted {
        let mut key = *key;
        new.push(loop {
            let inserted = insert.execute(params![
                key,
                event.organization,
                event.source,
                event.kind,
                subject,
                event.micros,
                event.id,
                event.data
            ])?;
            if inserted > 0 {
                break true;
            }
            let repeated: Option<bool> = same
                .query_row(
                    params![key, event.organization, event.source, event.id],
                    |row| row.get(0),
                )
                .optional()?;
            if repeated.ok_or_else(|| anyhow!("a row went away"))? {
                break false;
            }
            // Another identity has this key: take the next one.
            key += 1;
        });
    }
    Ok(new)
}

fn key(event: &Event<'_>) -> i64 {
    let mut hasher = Xxh3::new();
    hasher.update(&event.organization.to_le_bytes());
    hasher.update(&[event.source]);
    hasher.update(event.id.as_bytes());
    (day(event) << 48) | (hasher.digest() >> 16) as i64
}

impl Layout for Best {
    fn commit(&mut self, chunks: &[Chunk], meters: &Meters) -> Result<u64> {
        let mut fresh_subjects = Vec::new();
        let mut sorted: Vec<Keyed<'_>> = Vec::new();
        for event in chunks.iter().flat_map(Chunk::iter) {
            let (subject, new) = self.subject(&event);
            if new {
                fresh_subjects.push((event.organization, subject, event.subject));
            }
            sorted.push((key(&event), subject, event));
        }
        sorted.sort_unstable_by_key(|(key, ..)| *key);
        let transaction = self.connection.transaction()?;
        {
            let mut name = transaction.prepare_cached("INSERT INTO subject VALUES ($1, $2, $3)")?;
            for (organization, number, text) in fresh_subjects {
                name.execute(params![organization, number, text])?;
            }
        }
        let new = insert_all(&transaction, &sorted)?;
        transaction.commit()?;
        for ((_, subject, event), _) in sorted.iter().zip(&new).filter(|(_, new)| **new) {
            self.put_off(event, *subject, amount(meters.read(event)?));
        }
        if self.waiting >= PUT_OFF {
            self.write_rollups()?;
        }
        Ok(new.iter().filter(|new| **new).count() as u64)
    }

    fn finish(&mut self) -> Result<()> {
        self.write_rollups()
    }

    fn size(&self) -> Result<f64> {
        size(&self.connection)
    }

    fn report(&mut self, organization: u32) -> Result<usize> {
        let mut statement = self.connection.prepare_cached(REPORT)?;
        let lines: Vec<(u8, String, i64, i64, i64)> = statement
            .query_map(params![organization, self.days.0, self.days.1], |row| {
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
