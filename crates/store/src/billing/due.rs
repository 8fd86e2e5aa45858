//! The queue of contracts that have something to close.
//!
//! A contract has one row, from its first version on. Whoever changes the contract makes it
//! due at once; whoever has looked at it says when to look again. Nodes take partitions in
//! turns, by a lease: two of them at one contract would do no harm, but for nothing.

use exchequer_core::{Instant, OrganizationId};

use crate::catalog::{Page, Window, must_hit};
use crate::error::StoreError;
use crate::sql::{Row, Snapshot, Transaction, params};

/// A contract of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The organisation of the contract.
    pub organization: OrganizationId,
    /// The number of the contract.
    pub contract: String,
    /// The number of attempts that have failed since one succeeded.
    pub failures: u32,
}

/// Makes a contract due at an instant, whatever was said of it.
pub(crate) fn set(
    tx: &Transaction<'_>,
    organization: OrganizationId,
    contract: &str,
    at: Instant,
) -> Result<(), StoreError> {
    let partition = tx.partition_of(organization)?.number();
    let written = tx.execute(
        "INSERT INTO closing_due (partition, contract, organization, due, failures)
         VALUES ($1, $2, $3, $4, 0)
         ON CONFLICT (partition, contract) DO UPDATE SET
             organization = $3, due = $4, failures = 0, error = NULL",
        params![partition, contract, organization.as_bytes(), at.micros()],
    )?;
    must_hit(written, "closing_due", contract)
}

/// Makes all contracts of a partition due, because something has changed for them all.
pub(crate) fn set_all(tx: &Transaction<'_>, at: Instant) -> Result<(), StoreError> {
    for partition in tx.partitions()?.all() {
        tx.execute(
            "UPDATE closing_due SET due = $1, failures = 0 WHERE partition = $2",
            params![at.micros(), partition.number()],
        )?;
    }
    Ok(())
}

/// Says when to look at a contract again; never, if nothing is to come. A failure says why it
/// was one. In a transaction of the organisation.
///
/// # Errors
/// If the database fails.
pub fn settle(
    tx: &Transaction<'_>,
    organization: OrganizationId,
    contract: &str,
    again: Option<Instant>,
    failure: Option<&str>,
) -> Result<(), StoreError> {
    let partition = tx.partition_of(organization)?.number();
    tx.execute(
        "UPDATE closing_due SET due = $1,
             failures = CASE WHEN CAST($2 AS TEXT) IS NULL THEN 0 ELSE failures + 1 END,
             error = $2
         WHERE partition = $3 AND contract = $4",
        params![again.map(Instant::micros), failure, partition, contract],
    )?;
    Ok(())
}

/// Returns contracts of a partition that are due, those first that have been so longest.
///
/// # Errors
/// If the database fails.
pub fn list(
    db: &Snapshot<'_>,
    partition: u32,
    now: Instant,
    most: u32,
) -> Result<Vec<Due>, StoreError> {
    let query = "SELECT organization, contract, failures FROM closing_due
         WHERE partition = $1 AND due <= $2 ORDER BY due, contract LIMIT $3";
    db.all(query, params![partition, now.micros(), most], from_row)
}

/// A contract that could not be closed when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The contract, with the number of its failures.
    pub due: Due,
    /// The reason of the last failure.
    pub error: String,
    /// The instant at which it is tried again.
    pub again: Option<Instant>,
}

/// Returns a page of the contracts that cannot be closed, those first that have failed most
/// often.
///
/// # Errors
/// If the database fails.
pub fn failing(db: &Snapshot<'_>, window: Window) -> Result<Page<Failing>, StoreError> {
    let count = "SELECT count(*) FROM closing_due WHERE partition >= 0 AND failures > 0";
    let total = db.one(count, params![], |row| row.get(0))?;
    let query = "SELECT organization, contract, failures, error, due FROM closing_due
         WHERE partition >= 0 AND failures > 0
         ORDER BY failures DESC, contract LIMIT $1 OFFSET $2";
    let (offset, limit) = window.bounds();
    let rows = db.all(query, params![limit, offset], |row| {
        let again: Option<i64> = row.get(4)?;
        Ok(Failing {
            due: from_row(row)?,
            error: row.get::<Option<String>>(3)?.unwrap_or_default(),
            again: again.map(Instant::from_micros),
        })
    })?;
    Ok(Page { rows, total })
}

/// The contracts of the queue that somebody should look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// Contracts whose last attempt has failed.
    pub failing: u64,
    /// Those of them that have failed many times in a row.
    pub dead: u64,
    /// Contracts that have been due for long, and nobody has looked at them.
    pub overdue: u64,
}

/// Counts the contracts that have failed, that have failed so many times, and that were due
/// before an instant.
///
/// # Errors
/// If the database fails.
pub fn troubles(db: &Snapshot<'_>, many: u32, before: Instant) -> Result<Troubles, StoreError> {
    let query = "SELECT count(CASE WHEN failures > 0 THEN 1 END),
             count(CASE WHEN failures >= $1 THEN 1 END),
             count(CASE WHEN due < $2 THEN 1 END)
         FROM closing_due WHERE partition >= 0";
    db.one(query, params![many, before.micros()], |row| {
        Ok(Troubles {
            failing: row.get(0)?,
            dead: row.get(1)?,
            overdue: row.get(2)?,
        })
    })
}

/// Returns the numbers of the partitions of the ledger.
///
/// # Errors
/// If the database fails.
pub fn partitions(db: &Snapshot<'_>) -> Result<Vec<u32>, StoreError> {
    let all = db.partitions()?.all();
    Ok(all.map(|partition| partition.number()).collect())
}

/// Takes the lease of a partition until an instant, or prolongs it. Returns false if
/// another node has it. In a directory there is no other, and none that died is waited for.
///
/// # Errors
/// If the database fails.
pub fn lease(
    tx: &Transaction<'_>,
    partition: u32,
    holder: [u8; 16],
    now: Instant,
    until: Instant,
) -> Result<bool, StoreError> {
    if !tx.is_shared() {
        return Ok(true);
    }
    let taken = tx.execute(
        "INSERT INTO closing_lease (partition, holder, until) VALUES ($1, $2, $3)
         ON CONFLICT (partition) DO UPDATE SET holder = $2, until = $3
             WHERE closing_lease.holder = $2 OR closing_lease.until < $4",
        params![partition, holder, until.micros(), now.micros()],
    )?;
    Ok(taken == 1)
}

fn from_row(row: &Row<'_>) -> Result<Due, StoreError> {
    Ok(Due {
        organization: OrganizationId::from_bytes(row.get(0)?),
        contract: row.get(1)?,
        failures: row.get(2)?,
    })
}
