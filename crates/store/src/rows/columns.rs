//! Columns of the ledger's tables as the values that they hold.

use exchequer_core::{Day, Instant};
use exchequer_ledger::{Extent, Seq};

use crate::error::StoreError;
use crate::sql::Row;

/// Reads a day.
pub(crate) fn day(row: &Row<'_>, column: usize) -> Result<Day, StoreError> {
    row.get(column).map(Day::from_number)
}

/// Reads a seq.
pub(crate) fn seq(row: &Row<'_>, column: usize) -> Result<Seq, StoreError> {
    row.get(column).map(Seq::new)
}

/// Reads an instant.
pub(crate) fn instant(row: &Row<'_>, column: usize) -> Result<Instant, StoreError> {
    row.get(column).map(Instant::from_micros)
}

/// Reads the extent of a partition from four columns: folded seq, last seq,
/// changes of runs, changes of rollups.
pub(crate) fn extent(row: &Row<'_>, first: usize) -> Result<Extent, StoreError> {
    Ok(Extent {
        folded: seq(row, first)?,
        last: seq(row, first + 1)?,
        runs: row.get(first + 2)?,
        rollups: row.get(first + 3)?,
    })
}
