//! The locks that a commit holds while it reads what is stored, where other nodes may
//! commit beside it.

use std::collections::HashMap;

use exchequer_ledger::{Extent, Partition};

use crate::error::StoreError;
use crate::rows::extent;
use crate::sql::{Transaction, params};

/// Partitions to which nobody else commits until the transaction ends.
#[derive(Default)]
pub(crate) struct Locked {
    /// The extent of each; empty where there is a single writer.
    pub(crate) extents: HashMap<u32, Extent>,
    /// Changes whenever an organisation comes or goes.
    pub(crate) organizations: Option<i64>,
}

fn lock_of(partition: &Partition) -> String {
    let number = partition.number();
    format!("SELECT last FROM head WHERE partition = {number} FOR UPDATE;")
}

/// Keeps others from committing to these partitions, which are in ascending
/// order so that two commits never wait for one another.
pub(crate) fn lock(tx: &Transaction<'_>, partitions: &[Partition]) -> Result<Locked, StoreError> {
    if !tx.is_shared() {
        return Ok(Locked::default());
    }
    // Sent together. Each row has a statement of its own, since Citus locks
    // rows of one partition at a time.
    let locks: String = partitions.iter().map(lock_of).collect();
    tx.script(&locks)?;
    let numbers = partitions.iter().map(|it| i64::from(it.number()));
    let numbers: Vec<i64> = numbers.collect();
    // Another statement, to see what was committed while it waited.
    let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes,
                ledger.partition, (SELECT value FROM counter WHERE name = 'organizations')
         FROM ledger JOIN head ON head.partition = ledger.partition
         WHERE ledger.partition = ANY($1)";
    let mut locked = Locked::default();
    tx.each(query, params![numbers], |row| {
        locked.extents.insert(row.get(4)?, extent(row, 0)?);
        locked.organizations = Some(row.get(5)?);
        Ok(true)
    })?;
    Ok(locked)
}
