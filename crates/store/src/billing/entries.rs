//! Entries: a chain for each contract, each of them with the digest of the one before.

use exchequer_core::{Instant, OrganizationId};

use super::Chain;
use crate::changes::NewChange;
use crate::error::{Cause, StoreError};
use crate::sql::{Each, Row, Snapshot, Transaction, Value, params};

/// The level of compression. Bodies are small, and alike.
const LEVEL: i32 = 3;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts the entries of its contract, from 1.
    pub entry: u64,
    /// The number of the period.
    pub number: u32,
    /// The name of its kind.
    pub kind: String,
    /// The instant at which it was made.
    pub made: Instant,
    /// The seq of the last event that it knows.
    pub mark: u64,
    /// Its canonical form.
    pub body: String,
    /// The digest of its canonical form.
    pub digest: [u8; 32],
}

/// An entry to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// See [`Entry::number`].
    pub number: u32,
    /// See [`Entry::kind`].
    pub kind: &'static str,
    /// See [`Entry::made`].
    pub made: Instant,
    /// See [`Entry::mark`].
    pub mark: u64,
    /// See [`Entry::body`].
    pub body: String,
    /// See [`Entry::digest`].
    pub digest: [u8; 32],
}

/// The last entry of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its number.
    pub entry: u64,
    /// Its digest.
    pub digest: [u8; 32],
}

/// Returns the last entry of a contract, if it has any.
///
/// # Errors
/// If the database fails.
pub fn last(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
) -> Result<Option<Last>, StoreError> {
    let query = "SELECT entry, digest FROM billing_entry WHERE partition = $1 AND contract = $2
         ORDER BY entry DESC LIMIT 1";
    let partition = db.partition_of(organization)?.number();
    db.first(query, params![partition, contract], |row| {
        Ok(Last {
            entry: row.get(0)?,
            digest: row.get(1)?,
        })
    })
}

/// Returns the entries of a contract for some of its periods, in their order.
///
/// # Errors
/// If the database fails, or a body is damaged.
pub fn of_periods(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
    numbers: std::ops::RangeInclusive<u32>,
) -> Result<Vec<Entry>, StoreError> {
    let query = "SELECT entry, number, kind, made, mark, body, digest FROM billing_entry
         WHERE partition = $1 AND contract = $2 AND number >= $3 AND number <= $4
         ORDER BY entry";
    let partition = db.partition_of(organization)?.number();
    let (first, last) = (*numbers.start(), *numbers.end());
    db.all(query, params![partition, contract, first, last], from_row)
}

/// Returns entries of a contract after a number, in their order.
///
/// # Errors
/// If the database fails, or a body is damaged.
pub fn list(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
    after: u64,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let query = "SELECT entry, number, kind, made, mark, body, digest FROM billing_entry
         WHERE partition = $1 AND contract = $2 AND entry > $3 ORDER BY entry LIMIT $4";
    let partition = db.partition_of(organization)?.number();
    db.all(query, params![partition, contract, after, most], from_row)
}

/// Returns the number of entries of a partition.
///
/// # Errors
/// If the database fails.
pub fn count(db: &Snapshot<'_>, partition: u32) -> Result<u64, StoreError> {
    let query = "SELECT count(*) FROM billing_entry WHERE partition = $1";
    db.one(query, params![partition], |row| row.get(0))
}

/// Returns the contracts of a partition that have entries, and no period that they are of.
///
/// # Errors
/// If the database fails.
pub fn without_periods(db: &Snapshot<'_>, partition: u32) -> Result<Vec<String>, StoreError> {
    let query = "SELECT DISTINCT contract FROM billing_entry WHERE partition = $1
         AND NOT EXISTS (SELECT 1 FROM closed_period WHERE closed_period.partition = $1
                         AND closed_period.contract = billing_entry.contract)
         ORDER BY contract";
    db.all(query, params![partition], |row| row.get(0))
}

fn from_row(row: &Row<'_>) -> Result<Entry, StoreError> {
    let entry: u64 = row.get(0)?;
    let damaged = |cause: Cause| StoreError::corrupt(format!("billing entry {entry}"), cause);
    let body: Vec<u8> = row.get(5)?;
    let body = zstd::decode_all(body.as_slice());
    let body = body.map_err(|error| damaged(Cause::from_error(error)))?;
    Ok(Entry {
        entry,
        number: row.get(1)?,
        kind: row.get(2)?,
        made: Instant::from_micros(row.get(3)?),
        mark: row.get(4)?,
        body: String::from_utf8(body).map_err(|error| damaged(Cause::from_error(error)))?,
        digest: row.get(6)?,
    })
}

/// Adds entries to a chain.
pub(super) fn insert(
    tx: &Transaction<'_>,
    chain: &Chain,
    entries: &[NewEntry],
) -> Result<(), StoreError> {
    const ENTRY: Each = Each {
        one: "INSERT INTO billing_entry (partition, contract, entry, number, kind, made, mark,
                 body, digest)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        many: "INSERT INTO billing_entry (partition, contract, entry, number, kind, made, mark,
                 body, digest)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[],
                 $5::text[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[])",
    };
    let partition = tx.partition_of(chain.organization)?.number();
    let bodies = entries.iter().map(|entry| {
        let compressed = zstd::encode_all(entry.body.as_bytes(), LEVEL);
        compressed.map_err(|error| StoreError::unavailable(Cause::from_error(error)))
    });
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let rows = (chain.last + 1..).zip(entries).zip(&bodies);
    let rows = rows.map(|((number, entry), body)| {
        [
            Value::number(partition),
            Value::text(&chain.contract),
            Value::number(number),
            Value::number(entry.number),
            Value::text(entry.kind),
            Value::number(entry.made.micros()),
            Value::number(entry.mark),
            Value::blob(body),
            Value::blob(&entry.digest),
        ]
    });
    tx.execute_each(ENTRY, &rows.collect::<Vec<_>>())?;
    for (number, entry) in (chain.last + 1..).zip(entries) {
        tx.note_change(NewChange {
            at: entry.made,
            organization: chain.organization,
            action: format!("entry.{}", entry.kind),
            object: chain.contract.clone(),
            version: number,
        })?;
    }
    Ok(())
}
