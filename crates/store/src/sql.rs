//! Statements, whatever database runs them.
//!
//! A statement is a constant that every engine understands: parameters are
//! `$1`, `$2`, … in the order of their first appearance, integers (flags
//! among them) are 64 bits wide. What an engine wants otherwise stands in its
//! migrations, not here. Only a commit's locks are put together, of numbers.

mod column;
mod many;
mod postgres;
mod value;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use exchequer_ledger::Partitions;
use rusqlite::Connection;

pub(crate) use column::Row;
pub(crate) use many::Each;
pub(crate) use postgres::Session;
pub(crate) use value::{Bind, Value, held, params};

use crate::changes::{self, NewChange};
use crate::error::StoreError;

/// One state of the database, to read. It is opaque outside the store, whose
/// functions take it: nobody else runs a statement.
#[derive(Clone, Copy)]
pub struct Snapshot<'a>(Engine<'a>);

/// A transaction, to change something; it can be read as a [`Snapshot`], and is
/// as opaque.
pub struct Transaction<'a>(Snapshot<'a>);

#[derive(Clone, Copy)]
enum Engine<'a> {
    /// A connection, and where its pool keeps the partitions of the ledger.
    Sqlite(&'a Connection, Option<&'a Arc<OnceLock<Partitions>>>),
    Postgres(&'a Session),
}

impl<'a> Deref for Transaction<'a> {
    type Target = Snapshot<'a>;

    fn deref(&self) -> &Snapshot<'a> {
        &self.0
    }
}

impl<'a> Transaction<'a> {
    pub(crate) fn sqlite(connection: &'a Connection) -> Self {
        Self(Snapshot::sqlite(connection))
    }

    pub(crate) fn postgres(session: &'a Session) -> Self {
        Self(Snapshot::postgres(session))
    }

    /// Runs a statement; how many rows it has changed.
    pub(crate) fn execute(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<usize, StoreError> {
        // PostgreSQL takes no such text, so neither does SQLite: a ledger must
        // be able to move up.
        if hold_nul(values) {
            return Err(StoreError::Unstorable);
        }
        match self.0.0 {
            Engine::Sqlite(connection, _) => {
                let mut statement = connection.prepare_cached(sql)?;
                Ok(statement.execute(rusqlite::params_from_iter(values))?)
            }
            Engine::Postgres(session) => session.execute(sql, values),
        }
    }

    /// Stores a change: at once where there is a single writer, else at the end of the
    /// transaction, so that the lock of its number is the last one and is held shortly.
    pub(crate) fn note_change(&self, change: NewChange) -> Result<(), StoreError> {
        match self.0.0 {
            Engine::Sqlite(..) => changes::store(self, vec![change]),
            Engine::Postgres(session) => {
                session.note_change(change);
                Ok(())
            }
        }
    }

    /// Runs statements without parameters, of the engine's own kind.
    pub(crate) fn script(&self, sql: &str) -> Result<(), StoreError> {
        match self.0.0 {
            Engine::Sqlite(connection, _) => Ok(connection.execute_batch(sql)?),
            Engine::Postgres(session) => session.script(sql),
        }
    }
}

impl<'a> Snapshot<'a> {
    pub(crate) fn sqlite(connection: &'a Connection) -> Self {
        Self(Engine::Sqlite(connection, None))
    }

    /// A snapshot of one of many connections, which look the partitions up once.
    pub(crate) fn pooled(
        connection: &'a Connection,
        partitions: &'a Arc<OnceLock<Partitions>>,
    ) -> Self {
        Self(Engine::Sqlite(connection, Some(partitions)))
    }

    pub(crate) fn postgres(session: &'a Session) -> Self {
        Self(Engine::Postgres(session))
    }

    /// Returns whether others may write beside it: then it locks what it rests on.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.0, Engine::Postgres(_))
    }

    /// Returns the cell in which all connections of a pool keep the partitions of the
    /// ledger; `None` for a connection that is alone.
    pub(crate) fn known_partitions(&self) -> Option<Arc<OnceLock<Partitions>>> {
        match self.0 {
            Engine::Postgres(session) => Some(session.partitions()),
            Engine::Sqlite(_, partitions) => partitions.cloned(),
        }
    }

    /// Returns all rows of a query, in its order.
    pub(crate) fn all<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(sql, values, |row| {
            all.push(read(row)?);
            Ok(true)
        })?;
        Ok(all)
    }

    /// Returns the first row of a query, if it has any.
    pub(crate) fn first<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut first = None;
        self.each(sql, values, |row| {
            first = Some(read(row)?);
            Ok(false)
        })?;
        Ok(first)
    }

    /// Returns the row of a query that has one: a count, or what must be there.
    pub(crate) fn one<T>(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.first(sql, values, read)?.ok_or(StoreError::NotFound)
    }

    /// Shows rows of a query, one after the other, as long as `visit` wants.
    pub(crate) fn each(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        // Nothing that is stored is like it.
        if hold_nul(values) {
            return Ok(());
        }
        let connection = match self.0 {
            Engine::Sqlite(connection, _) => connection,
            Engine::Postgres(session) => return session.each(sql, values, visit),
        };
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if !visit(&Row::Sqlite(row))? {
                break;
            }
        }
        Ok(())
    }
}

/// Returns whether a text holds U+0000.
fn hold_nul(values: &[Value<'_>]) -> bool {
    let holds = |value: &Value<'_>| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    values.iter().any(holds)
}
