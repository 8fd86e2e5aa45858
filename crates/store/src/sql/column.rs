//! Rows of an answer, and what their columns can be read as.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::error::StoreError;

/// A row of an answer.
pub(crate) enum Row<'a> {
    /// A row of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// A row of PostgreSQL.
    Postgres(&'a PgRow),
}

impl Row<'_> {
    /// Returns the value of a column, counted from 0.
    ///
    /// # Errors
    /// If the value is of another type, or out of the range of this one.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, StoreError> {
        T::read(self, column)
    }
}

/// A type that a column can be read as.
pub(crate) trait Column: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// If the value is of another type, or out of range.
    fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError>;
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
                match row {
                    Row::Sqlite(row) => Ok(row.get(column)?),
                    Row::Postgres(row) => Ok(row.try_get(column)?),
                }
            }
        }

        impl Column for Option<$type> {
            fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
                match row {
                    Row::Sqlite(row) => Ok(row.get(column)?),
                    Row::Postgres(row) => Ok(row.try_get(column)?),
                }
            }
        }
    )*};
}

plain!(i64, String, Vec<u8>);

macro_rules! narrow {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
                let wide = i64::read(row, column)?;
                Self::try_from(wide).map_err(|_| StoreError::range(format!("column {column}: {wide}")))
            }
        }

        impl Column for Option<$type> {
            fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
                let Some(wide) = Option::<i64>::read(row, column)? else {
                    return Ok(None);
                };
                let narrow = <$type>::try_from(wide);
                narrow.map(Some).map_err(|_| StoreError::range(format!("column {column}: {wide}")))
            }
        }
    )*};
}

narrow!(i32, u32);

/// Its 64 bits, as they were bound.
impl Column for u64 {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
        i64::read(row, column).map(|number| number as u64)
    }
}

impl Column for Option<u64> {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
        Ok(Option::<i64>::read(row, column)?.map(|number| number as u64))
    }
}

impl Column for bool {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
        i64::read(row, column).map(|number| number != 0)
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(row: &Row<'_>, column: usize) -> Result<Self, StoreError> {
        let bytes = Vec::<u8>::read(row, column)?;
        let length = bytes.len();
        Self::try_from(bytes)
            .map_err(|_| StoreError::range(format!("column {column}: {length} bytes")))
    }
}
