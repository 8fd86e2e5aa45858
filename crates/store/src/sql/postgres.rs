//! Statements on PostgreSQL, from a thread that may wait for them.

use std::cell::RefCell;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Arguments as _, Postgres, Transaction};
use tokio::runtime::Handle;

use super::{Row, Value};
use crate::error::StoreError;

/// A transaction. It is rolled back when it is dropped.
pub(crate) struct Session {
    transaction: RefCell<Transaction<'static, Postgres>>,
    runtime: Handle,
}

impl Session {
    pub(crate) fn new(transaction: Transaction<'static, Postgres>, runtime: Handle) -> Self {
        Self {
            transaction: RefCell::new(transaction),
            runtime,
        }
    }

    /// Runs a statement, and says how many rows it has changed.
    pub(super) fn execute(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<usize, StoreError> {
        let query = sqlx::query_with(sql, bind(values)?);
        let mut transaction = self.transaction.borrow_mut();
        let connection: &mut PgConnection = &mut transaction;
        let done = self.runtime.block_on(query.execute(connection))?;
        Ok(done.rows_affected() as usize)
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
        let query = sqlx::query_with(sql, arguments);
        let mut transaction = self.transaction.borrow_mut();
        let connection: &mut PgConnection = &mut transaction;
        let done = self.runtime.block_on(query.execute(connection))?;
        Ok(done.rows_affected() as usize)
    }

    /// Runs statements without parameters.
    pub(super) fn script(&self, sql: &'static str) -> Result<(), StoreError> {
        let mut transaction = self.transaction.borrow_mut();
        let connection: &mut PgConnection = &mut transaction;
        self.runtime
            .block_on(sqlx::raw_sql(sql).execute(connection))?;
        Ok(())
    }

    /// Shows the rows of a query until `visit` has seen enough.
    pub(super) fn each(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query_with(sql, bind(values)?);
        let mut transaction = self.transaction.borrow_mut();
        let connection: &mut PgConnection = &mut transaction;
        self.runtime.block_on(async {
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
        let commit = self.transaction.into_inner().commit();
        Ok(self.runtime.block_on(commit)?)
    }
}

/// Adds an array of one kind of values.
fn add_column<'v>(
    arguments: &mut PgArguments,
    values: impl Iterator<Item = &'v Value<'v>>,
) -> Result<(), StoreError> {
    let (mut numbers, mut blobs) = (Vec::new(), Vec::new());
    for value in values {
        match value {
            Value::Integer(Some(number)) => numbers.push(*number),
            Value::Blob(Some(bytes)) => blobs.push(*bytes),
            other => return Err(StoreError::Range(format!("{other:?} in an array"))),
        }
    }
    let added = match blobs.is_empty() {
        true => arguments.add(numbers),
        false => arguments.add(blobs),
    };
    added.map_err(|error| StoreError::Range(error.to_string()))
}

fn bind(values: &[Value<'_>]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let bound = match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Blob(bytes) => arguments.add(bytes),
            Value::Integers(numbers) => arguments.add(numbers),
        };
        bound.map_err(|error| StoreError::Range(error.to_string()))?;
    }
    Ok(arguments)
}
