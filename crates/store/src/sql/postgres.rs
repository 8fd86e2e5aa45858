//! Statements on PostgreSQL, from a thread that may wait for them.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, OnceLock};

use exchequer_ledger::Partitions;
use futures_util::TryStreamExt as _;
use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;

use super::{Row, Value};
use crate::changes::NewChange;
use crate::error::{Cause, StoreError};
use crate::postgres::Lent;

/// A transaction, which is undone when it is dropped, or a connection on which
/// none was begun.
pub(crate) struct Session {
    lent: RefCell<Lent>,
    statements: Cell<u32>,
    most: u32,
    /// Changes that are stored at the end of the transaction.
    changes: RefCell<Vec<NewChange>>,
}

impl Session {
    /// Returns the session of a transaction that was begun on a connection.
    pub(crate) fn new(begun: Lent) -> Self {
        Self::limited(begun, u32::MAX)
    }

    /// Returns the session of a connection on which nothing was begun, for a single statement: each
    /// sees a snapshot of its own.
    pub(crate) fn single(lent: Lent) -> Self {
        Self::limited(lent, 1)
    }

    fn limited(lent: Lent, most: u32) -> Self {
        Self {
            lent: RefCell::new(lent),
            statements: Cell::new(0),
            most,
            changes: RefCell::default(),
        }
    }

    /// Returns whether more statements were wanted than it is for.
    pub(crate) fn is_outgrown(&self) -> bool {
        self.statements.get() > self.most
    }

    /// Returns whether no second statement was wanted yet.
    pub(crate) fn is_at_first(&self) -> bool {
        self.statements.get() <= 1
    }

    /// Returns the number of partitions of the ledger, once somebody has asked.
    pub(super) fn partitions(&self) -> Arc<OnceLock<Partitions>> {
        self.lent.borrow().partitions()
    }

    /// Keeps a change until the transaction ends.
    pub(super) fn note_change(&self, change: NewChange) {
        self.changes.borrow_mut().push(change);
    }

    /// Returns the changes that were noted since it was last asked.
    pub(crate) fn take_changes(&self) -> Vec<NewChange> {
        self.changes.take()
    }

    fn count(&self) -> Result<(), StoreError> {
        self.statements.set(self.statements.get().saturating_add(1));
        match self.is_outgrown() {
            true => Err(StoreError::Closed),
            false => Ok(()),
        }
    }

    /// Runs a statement, and says how many rows it has changed.
    pub(super) fn execute(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<usize, StoreError> {
        self.change(sql, bind(values)?)
    }

    fn change(&self, sql: &'static str, arguments: PgArguments) -> Result<usize, StoreError> {
        self.count()?;
        let query = sqlx::query_with(sql, arguments);
        self.lent.borrow_mut().wait(async |connection| {
            let done = query.execute(connection).await?;
            Ok(done.rows_affected() as usize)
        })
    }

    /// Runs a statement on the columns of rows, each an array.
    pub(super) fn execute_columns<const N: usize>(
        &self,
        sql: &'static str,
        rows: &[[Value<'_>; N]],
    ) -> Result<usize, StoreError> {
        let mut arguments = PgArguments::default();
        for column in 0..N {
            add_column(&mut arguments, rows.iter().map(|row| &row[column]))?;
        }
        self.change(sql, arguments)
    }

    /// Runs statements without parameters.
    pub(super) fn script(&self, sql: &str) -> Result<(), StoreError> {
        self.count()?;
        self.lent.borrow_mut().run(sql).map(drop)
    }

    /// Shows the rows of a query until `visit` has seen enough.
    pub(super) fn each(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.count()?;
        let query = sqlx::query_with(sql, bind(values)?);
        self.lent.borrow_mut().wait(async |connection| {
            let mut rows = query.fetch(connection);
            while let Some(row) = rows.try_next().await? {
                if !visit(&Row::Postgres(&row))? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Makes what was changed durable.
    pub(crate) fn commit(self) -> Result<(), StoreError> {
        self.end("COMMIT")
    }

    /// Gives the connection back, on which nothing was begun.
    pub(crate) fn give_back(self) {
        self.lent.into_inner().give_back();
    }

    /// Forgets what was changed.
    pub(crate) fn undo(self) -> Result<(), StoreError> {
        self.end("ROLLBACK")
    }

    fn end(self, how: &'static str) -> Result<(), StoreError> {
        let mut lent = self.lent.into_inner();
        lent.run(how)?;
        lent.give_back();
        Ok(())
    }
}

/// Adds an array of one kind of values.
fn add_column<'v>(
    arguments: &mut PgArguments,
    values: impl Iterator<Item = &'v Value<'v>>,
) -> Result<(), StoreError> {
    let (mut numbers, mut blobs, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        match value {
            Value::Integer(Some(number)) => numbers.push(*number),
            Value::Blob(Some(bytes)) => blobs.push(*bytes),
            Value::Text(Some(text)) => texts.push(*text),
            other => return Err(StoreError::range(format!("{other:?} in an array"))),
        }
    }
    let added = match (blobs.is_empty(), texts.is_empty()) {
        (true, true) => arguments.add(numbers),
        (false, _) => arguments.add(blobs),
        (true, false) => arguments.add(texts),
    };
    added.map_err(|error| StoreError::range(Cause::from_boxed(error)))
}

fn bind(values: &[Value<'_>]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let bound = match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Blob(bytes) => arguments.add(bytes),
            Value::Integers(numbers) => arguments.add(numbers),
            Value::Blobs(blobs) => arguments.add(blobs),
            Value::Texts(texts) => arguments.add(texts),
        };
        bound.map_err(|error| StoreError::range(Cause::from_boxed(error)))?;
    }
    Ok(arguments)
}
