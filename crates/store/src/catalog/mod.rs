//! The catalog: organisations and their aliases, clients, meters, trusts, products,
//! contracts.
//!
//! Functions that change something take the transaction they belong to, so
//! that a change and its audit record commit together; time, ids and random
//! bytes come in as arguments.

pub mod aliases;
pub mod clients;
pub mod contracts;
pub mod history;
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
    /// The thing does not exist yet.
    Absent,
    /// The thing exists, in any version.
    Present,
    /// The thing exists, in any version; the caller has seen this one.
    PresentSeen(u64),
    /// The thing exists in this version.
    Version(u64),
}

impl Expect {
    /// Returns whether `current` (the version, if there is one) is expected.
    #[must_use]
    pub fn holds(self, current: Option<u64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => current.is_none(),
            Self::Present | Self::PresentSeen(_) => current.is_some(),
            Self::Version(version) => current == Some(version),
        }
    }

    /// Returns whether the caller has seen the version `current`.
    #[must_use]
    pub fn has_seen(self, current: u64) -> bool {
        match self {
            Self::Any | Self::Absent | Self::Present => false,
            Self::PresentSeen(version) | Self::Version(version) => version == current,
        }
    }
}

/// The outcome of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put<T> {
    /// Created: there was none before.
    Created(T),
    /// Changed: it has a new version.
    Changed(T),
    /// Unchanged: the put says what is stored already.
    Unchanged(T),
    /// Nothing was changed: the stored version is not the one that the change expects.
    Stale,
    /// Nothing was changed: the put contradicts the rest of the catalog.
    Refused(String),
}

impl<T> Put<T> {
    /// Returns `Changed` if there was one before, otherwise `Created`.
    pub(crate) fn made(before: bool, thing: T) -> Self {
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
    /// Deleted.
    Deleted,
    /// Nothing was deleted: there was none.
    Absent,
    /// Nothing was deleted: the stored version is not the one that the deletion expects.
    Stale,
    /// Nothing was deleted: something uses it, which this names.
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
    /// Returns the offset and the limit as databases take them.
    pub(crate) fn bounds(self) -> (i64, i64) {
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

/// Checks that a change has hit the one row that was read and is held.
pub(crate) fn must_hit(rows: usize, table: &str, key: &str) -> Result<(), StoreError> {
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
