//! One statement for many rows.

use super::{Engine, Transaction, Value};
use crate::error::StoreError;
use crate::limits::STATEMENT_BYTES;

/// A statement on one row, and the same on arrays of their columns.
#[derive(Clone, Copy)]
pub(crate) struct Each {
    /// One row a statement, `INSERT … VALUES ($1, …)`, for a database within the process.
    pub(crate) one: &'static str,
    /// All rows in one statement, `INSERT … SELECT * FROM unnest($1::bigint[], …)`, where
    /// each statement is a round trip.
    pub(crate) many: &'static str,
}

impl Transaction<'_> {
    /// Runs a statement for each row; how many rows it has changed. No value
    /// of them may be absent.
    pub(crate) fn execute_each<const N: usize>(
        &self,
        statement: Each,
        rows: &[[Value<'_>; N]],
    ) -> Result<usize, StoreError> {
        let mut changed = 0;
        match self.0.0 {
            Engine::Sqlite(..) => {
                for row in rows {
                    changed += self.execute(statement.one, row)?;
                }
            }
            Engine::Postgres(session) => {
                let mut rest = rows;
                while !rest.is_empty() {
                    let (some, more) = rest.split_at(fitting(rest));
                    changed += session.execute_columns(statement.many, some)?;
                    rest = more;
                }
            }
        }
        Ok(changed)
    }
}

/// Returns how many of the first rows are sent at once; at least one.
fn fitting<const N: usize>(rows: &[[Value<'_>; N]]) -> usize {
    let mut bytes = 0;
    let more = rows.iter().position(|row| {
        bytes += row.iter().map(size).sum::<usize>();
        bytes > STATEMENT_BYTES
    });
    more.map_or(rows.len(), |rows| rows.max(1))
}

fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Integer(_) => 8,
        Value::Text(text) => text.map_or(0, str::len),
        Value::Blob(blob) => blob.map_or(0, <[u8]>::len),
        Value::Integers(numbers) => numbers.len() * 8,
        Value::Texts(texts) => texts.iter().map(|text| text.len()).sum(),
        Value::Blobs(blobs) => blobs.iter().map(|blob| blob.len()).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sent_as_many_as_fit_and_at_least_one() {
        let (small, large) = (vec![0; 1 << 20], vec![0; 5 << 20]);
        let row = |bytes| [Value::Integer(Some(1)), Value::Blob(Some(bytes))];
        assert_eq!(fitting(&[row(&small); 3]), 3);
        assert_eq!(fitting(&[row(&small); 9]), 3);
        assert_eq!(fitting(&[row(&large), row(&small)]), 1);
    }
}
