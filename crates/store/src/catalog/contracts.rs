//! Contracts. The store keeps each version as the document that it was put as,
//! and beside it what others ask of a contract without reading it. All of it is
//! in the partition of the organisation; `contract_index`, a shared table, says
//! whose a number is.

mod changes;

use exchequer_core::contract::{Decrease, KnownEnds};
use exchequer_core::{ContractZones, Instant, OrganizationId};

use super::{Page, Window};
use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, params};

pub use changes::{Arrangement, Outcome, Proposal, changes_its_base, delete, put};

/// The current version of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub number: String,
    /// The organisation of the contract.
    pub organization: OrganizationId,
    /// Its document, but for `decrease`.
    pub body: String,
    /// The meaning of a lower commitment for units that are paid for already.
    pub decrease: Decrease,
    /// Counts its changes, from 1.
    pub version: u64,
    /// The ends that it was given.
    pub known_ends: KnownEnds,
    head: Head,
}

/// The terms that fix the periods and amounts of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    currency: String,
    time_zone: String,
    starts: Instant,
}

/// Columns of a contract, in the order in which they are read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT contract.number, contract.organization, body, contract.version, currency,
                 time_zone, starts, known_ends, decrease ",
            $rest
        )
    };
}

fn from_row(row: &Row<'_>) -> Result<Stored, StoreError> {
    let known_ends: String = row.get(7)?;
    let known_ends = known_ends.parse::<KnownEnds>();
    let decrease: String = row.get(8)?;
    let decrease = decrease.parse::<Decrease>();
    Ok(Stored {
        known_ends: known_ends
            .map_err(|error| StoreError::corrupt("contract", Cause::from_error(error)))?,
        decrease: decrease
            .map_err(|error| StoreError::corrupt("contract", Cause::from_error(error)))?,
        number: row.get(0)?,
        organization: OrganizationId::from_bytes(row.get(1)?),
        body: row.get(2)?,
        version: row.get(3)?,
        head: Head {
            currency: row.get(4)?,
            time_zone: row.get(5)?,
            starts: Instant::from_micros(row.get(6)?),
        },
    })
}

/// Returns the contract of that number, whosever it is.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>, number: &str) -> Result<Option<Stored>, StoreError> {
    let query = select!(
        "FROM contract_index
         JOIN contract ON contract.partition = contract_index.partition
             AND contract.number = contract_index.number
         JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = contract.number AND contract_version.version = contract.version
         WHERE contract_index.number = $1"
    );
    db.first(query, params![number], from_row)
}

/// Returns the organisation of the contract of that number.
///
/// # Errors
/// If the database fails.
pub fn organization_of(
    db: &Snapshot<'_>,
    number: &str,
) -> Result<Option<OrganizationId>, StoreError> {
    let query = "SELECT organization FROM contract_index WHERE number = $1";
    db.first(query, params![number], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })
}

/// Returns the contract of that number, if it is this organisation's.
fn find_own(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    number: &str,
) -> Result<Option<Stored>, StoreError> {
    let query = select!(
        "FROM contract
         JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = contract.number AND contract_version.version = contract.version
         WHERE contract.partition = $1 AND contract.organization = $2 AND contract.number = $3"
    );
    let partition = db.partition_of(organization)?.number();
    db.first(
        query,
        params![partition, organization.as_bytes(), number],
        from_row,
    )
}

/// Returns the contracts of an organisation, by their start.
///
/// # Errors
/// If the database fails.
pub fn of_organization(
    db: &Snapshot<'_>,
    organization: OrganizationId,
) -> Result<Vec<Stored>, StoreError> {
    let query = select!(
        "FROM contract
         JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = contract.number AND contract_version.version = contract.version
         WHERE contract.partition = $1 AND contract.organization = $2 ORDER BY starts"
    );
    let partition = db.partition_of(organization)?.number();
    db.all(query, params![partition, organization.as_bytes()], from_row)
}

/// Returns a version of a contract of an organisation, as it was put.
///
/// # Errors
/// [`StoreError::NotFound`] if it never had that version.
pub fn version(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    number: &str,
    version: u64,
) -> Result<Stored, StoreError> {
    let query = "SELECT contract.number, contract.organization, body, contract_version.version,
             currency, time_zone, starts, known_ends, decrease
         FROM contract
         JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = contract.number
         WHERE contract.partition = $1 AND contract.organization = $2 AND contract.number = $3
             AND contract_version.version = $4";
    let partition = db.partition_of(organization)?.number();
    let id = organization.as_bytes();
    db.one(query, params![partition, id, number, version], from_row)
}

/// Returns the instant at which a contract was first put.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such contract.
pub fn put_first(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    number: &str,
) -> Result<Instant, StoreError> {
    let query = "SELECT changed FROM contract_version
         WHERE partition = $1 AND contract = $2 AND version = 1";
    let partition = db.partition_of(organization)?.number();
    db.one(query, params![partition, number], |row| {
        row.get(0).map(Instant::from_micros)
    })
}

/// Returns the zones of an organisation's contracts.
pub(crate) fn zones(
    db: &Snapshot<'_>,
    organization: OrganizationId,
) -> Result<ContractZones, StoreError> {
    let mut zones = ContractZones::default();
    let partition = db.partition_of(organization)?.number();
    db.each(
        "SELECT starts, ends, time_zone FROM contract WHERE partition = $1 AND organization = $2",
        params![partition, organization.as_bytes()],
        |row| zone(&mut zones, row, (0, 1, 2)).map(|()| true),
    )?;
    Ok(zones)
}

/// Adds the zone of a contract, whose start, end and zone are in these columns.
pub(crate) fn zone(
    zones: &mut ContractZones,
    row: &Row<'_>,
    (starts, ends, zone): (usize, usize, usize),
) -> Result<(), StoreError> {
    let starts = Instant::from_micros(row.get(starts)?);
    let ends: Option<i64> = row.get(ends)?;
    let zone: String = row.get(zone)?;
    let added = zones.add(starts, ends.map(Instant::from_micros), &zone);
    added.map_err(|error| StoreError::corrupt("contract", Cause::from_error(error)))
}

/// Returns a page of all contracts, or of those of an organisation, by number.
///
/// # Errors
/// If the database fails.
pub fn list(
    db: &Snapshot<'_>,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Stored>, StoreError> {
    let whose = organization.map(|id| *id.as_bytes());
    let total = db.one(
        "SELECT count(*) FROM contract_index WHERE organization = $1 OR $1 IS NULL",
        params![whose],
        |row| row.get(0),
    )?;
    let (offset, limit) = window.bounds();
    let query = select!(
        "FROM contract_index
         JOIN contract ON contract.partition = contract_index.partition
             AND contract.number = contract_index.number
         JOIN contract_version ON contract_version.partition = contract.partition
             AND contract = contract.number AND contract_version.version = contract.version
         WHERE contract_index.organization = $1 OR $1 IS NULL
         ORDER BY contract_index.number LIMIT $2 OFFSET $3"
    );
    let rows = db.all(query, params![whose, limit, offset], from_row)?;
    Ok(Page { rows, total })
}
