//! Contracts. The store keeps each version as the document that it was put as,
//! and beside it what others ask of a contract without reading it.

mod changes;

use exchequer_core::{Instant, OrganizationId};

use super::{Page, Window};
use crate::StoreError;
use crate::sql::{Row, Sql, params};

pub use changes::{delete, put};

/// The current version of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it says.
    pub body: String,
    /// Counts its changes, from 1.
    pub version: u64,
    head: Head,
}

/// What fixes the periods and amounts of a contract.
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
            "SELECT number, organization, body, contract.version, currency, time_zone, starts
             FROM contract JOIN contract_version
                 ON contract = number AND contract_version.version = contract.version ",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored {
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

/// The contract of that number.
///
/// # Errors
/// If the database fails.
pub fn find(sql: &Sql<'_>, number: &str) -> Result<Option<Stored>, StoreError> {
    sql.first(select!("WHERE number = $1"), params![number], read)
}

/// The contracts of an organisation, by their start.
///
/// # Errors
/// If the database fails.
pub fn of(sql: &Sql<'_>, organization: OrganizationId) -> Result<Vec<Stored>, StoreError> {
    sql.all(
        select!("WHERE organization = $1 ORDER BY starts"),
        params![organization.as_bytes()],
        read,
    )
}

/// A page of all contracts, or of those of an organisation, by number.
///
/// # Errors
/// If the database fails.
pub fn list(
    sql: &Sql<'_>,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Stored>, StoreError> {
    let of = organization.map(|id| *id.as_bytes());
    let total = sql.one(
        "SELECT count(*) FROM contract WHERE organization = $1 OR $1 IS NULL",
        params![of],
        |row| row.get(0),
    )?;
    let (offset, limit) = window.bounds();
    let rows = sql.all(
        select!("WHERE organization = $1 OR $1 IS NULL ORDER BY number LIMIT $2 OFFSET $3"),
        params![of, limit, offset],
        read,
    )?;
    Ok(Page { rows, total })
}
