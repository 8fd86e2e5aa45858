//! Closed periods: where their entries have led to.

use exchequer_core::{Instant, OrganizationId, TimeRange};

use super::Chain;
use crate::catalog::must_hit;
use crate::error::StoreError;
use crate::sql::{Row, Snapshot, Transaction, params};

/// A period that is closed, or charged in advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedPeriod {
    /// Its number in its contract.
    pub number: u32,
    /// The organisation that charges for it.
    pub seller: OrganizationId,
    /// Its instants, as they were when it was closed or charged.
    pub range: TimeRange,
    /// The instant at which it was closed. None while it is charged in advance only.
    pub closed: Option<Instant>,
    /// The seq of the last event that it is rated with.
    pub mark: u64,
    /// The revision of the meters that it is rated by.
    pub meters: u64,
    /// The canonical form of the state with which it closes. None while it is not closed.
    pub state: Option<String>,
}

/// Returns the periods of a contract that are closed or charged in advance, in order.
///
/// # Errors
/// If the database fails.
pub fn of_contract(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
) -> Result<Vec<ClosedPeriod>, StoreError> {
    let query =
        "SELECT number, seller, begins, ends, closed, mark, meters, state FROM closed_period
         WHERE partition = $1 AND organization = $2 AND contract = $3 ORDER BY number";
    let partition = db.partition_of(organization)?.number();
    let id = organization.as_bytes();
    db.all(query, params![partition, id, contract], from_row)
}

/// Returns the contracts of a partition that have periods which are closed or charged in
/// advance, those of an organisation together.
///
/// # Errors
/// If the database fails.
pub fn contracts(
    db: &Snapshot<'_>,
    partition: u32,
) -> Result<Vec<(OrganizationId, String)>, StoreError> {
    let query = "SELECT DISTINCT organization, contract FROM closed_period WHERE partition = $1
         ORDER BY organization, contract";
    db.all(query, params![partition], |row| {
        Ok((OrganizationId::from_bytes(row.get(0)?), row.get(1)?))
    })
}

/// Returns true if a period of a contract is closed or charged in advance.
pub(crate) fn has_any(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
) -> Result<bool, StoreError> {
    let query = "SELECT 1 FROM closed_period WHERE partition = $1 AND contract = $2 LIMIT 1";
    let partition = db.partition_of(organization)?.number();
    let found = db.first(query, params![partition, contract], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Returns true if a period of a contract is closed.
///
/// # Errors
/// If the database fails.
pub fn is_closed(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    contract: &str,
    number: u32,
) -> Result<bool, StoreError> {
    let query = "SELECT 1 FROM closed_period
         WHERE partition = $1 AND contract = $2 AND number = $3 AND closed IS NOT NULL";
    let partition = db.partition_of(organization)?.number();
    let found = db.first(query, params![partition, contract, number], |_| Ok(()))?;
    Ok(found.is_some())
}

fn from_row(row: &Row<'_>) -> Result<ClosedPeriod, StoreError> {
    let number = row.get(0)?;
    let [begins, ends] = [2, 3].map(|column| row.get(column).map(Instant::from_micros));
    let range = TimeRange::new(begins?, ends?);
    let reversed = || StoreError::corrupt("closed_period", "it ends before it begins");
    let closed: Option<i64> = row.get(4)?;
    Ok(ClosedPeriod {
        number,
        seller: OrganizationId::from_bytes(row.get(1)?),
        range: range.ok_or_else(reversed)?,
        closed: closed.map(Instant::from_micros),
        mark: row.get(5)?,
        meters: row.get(6)?,
        state: row.get(7)?,
    })
}

/// Writes where periods stand.
pub(super) fn write(
    tx: &Transaction<'_>,
    chain: &Chain,
    periods: &[ClosedPeriod],
) -> Result<(), StoreError> {
    let partition = tx.partition_of(chain.organization)?.number();
    for period in periods {
        let written = tx.execute(
            "INSERT INTO closed_period (partition, contract, number, seller, organization, begins,
                 ends, closed, mark, meters, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (partition, contract, number) DO UPDATE SET
                 ends = $7, closed = $8, mark = $9, meters = $10, state = $11",
            params![
                partition,
                chain.contract,
                period.number,
                period.seller.as_bytes(),
                chain.organization.as_bytes(),
                period.range.start().micros(),
                period.range.end().micros(),
                period.closed.map(Instant::micros),
                period.mark,
                period.meters,
                period.state,
            ],
        )?;
        must_hit(written, "closed_period", &chain.contract)?;
    }
    Ok(())
}
