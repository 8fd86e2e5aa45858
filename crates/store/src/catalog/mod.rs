//! The catalog: organisations, clients, meters, trusts, products, contracts.
//!
//! Functions that change something take the transaction they belong to, so
//! that a change and its audit record commit together; time, ids and random
//! bytes come in as arguments.

pub mod clients;
pub mod contracts;
pub mod initialise;
pub mod meters;
pub mod organizations;
pub mod products;
pub mod trusts;

use crate::StoreError;
use crate::sql::{Snapshot, Transaction, params};

pub use crate::actor::{Actor, ClientId};
pub use initialise::{Operator, initialise};

/// The permission that stands for every other one.
pub const EVERY_PERMISSION: &str = "*";

/// The permission to change the catalog.
pub const CATALOG_EDIT: &str = "billing:catalog:edit";

/// The state that a change expects to find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    /// Anything or nothing.
    #[default]
    Any,
    /// Nothing yet.
    Absent,
    /// Any version.
    Present,
    /// This version.
    Version(u64),
}

impl Expect {
    /// Returns whether `current` (the version, if there is one) is expected.
    #[must_use]
    pub fn holds(self, current: Option<u64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => current.is_none(),
            Self::Present => current.is_some(),
            Self::Version(version) => current == Some(version),
        }
    }
}

/// The outcome of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put<T> {
    /// There was none before.
    Created(T),
    /// It has a new version.
    Changed(T),
    /// It was like that already.
    Unchanged(T),
    /// It is not what the change expected; nothing was changed.
    Stale,
    /// It contradicts the rest of the catalog; nothing was changed.
    Refused(String),
}

impl<T> Put<T> {
    /// That it was made, or, if there was one before, changed.
    fn made(before: bool, thing: T) -> Self {
        if before {
            Self::Changed(thing)
        } else {
            Self::Created(thing)
        }
    }
}

/// The outcome of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone.
    Deleted,
    /// There was none.
    Absent,
    /// It is not what the deletion expected.
    Stale,
    /// It is in use, by what this says.
    InUse(&'static str),
}

/// A stretch of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Rows to skip.
    pub offset: u64,
    /// The most rows to return.
    pub limit: u32,
}

impl Window {
    /// Offset and limit as databases take them.
    fn bounds(self) -> (i64, i64) {
        (
            i64::try_from(self.offset).unwrap_or(i64::MAX),
            i64::from(self.limit),
        )
    }
}

/// One page of a listing.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows of the window.
    pub rows: Vec<T>,
    /// All rows.
    pub total: u64,
}

/// Checks that the database can be read at all.
///
/// # Errors
/// If it cannot.
pub fn reachable(db: &Snapshot<'_>) -> Result<(), StoreError> {
    db.one("SELECT count(*) FROM counter", params![], |_| Ok(()))
}

/// That a change of a row that was read, and is held, has hit it.
fn must_hit(rows: usize, table: &str, key: &str) -> Result<(), StoreError> {
    if rows == 1 {
        return Ok(());
    }
    let why = format!("a change of it hit {rows} rows");
    Err(StoreError::corrupt(format!("{table} {key}"), why))
}

/// Takes the next value of a counter.
fn count_up(tx: &Transaction<'_>, name: &str) -> Result<i64, StoreError> {
    let query = "UPDATE counter SET value = value + 1 WHERE name = $1 RETURNING value";
    tx.one(query, params![name], |row| row.get(0))
}

#[cfg(test)]
mod tests;
