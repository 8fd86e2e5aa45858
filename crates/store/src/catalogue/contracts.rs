//! Contracts. The store keeps each version as the document that it was put as,
//! and beside it what others ask of a contract without reading it.

mod changes;

use exchequer_core::{Instant, OrganizationId, TimeRange};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Page, Window};
use crate::StoreError;

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

fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
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
pub fn find(connection: &Connection, number: &str) -> Result<Option<Stored>, StoreError> {
    let found = connection
        .prepare_cached(select!("WHERE number = $1"))?
        .query_row([number], read)
        .optional()?;
    Ok(found)
}

/// The contracts of an organisation, by their start.
///
/// # Errors
/// If the database fails.
pub fn of(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Vec<Stored>, StoreError> {
    let contracts = connection
        .prepare_cached(select!("WHERE organization = $1 ORDER BY starts"))?
        .query_map([organization.as_bytes()], read)?
        .collect::<Result<_, _>>()?;
    Ok(contracts)
}

/// A page of all contracts, or of those of an organisation, by number.
///
/// # Errors
/// If the database fails.
pub fn list(
    connection: &Connection,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Stored>, StoreError> {
    let of = organization.map(|id| *id.as_bytes());
    let total = connection
        .prepare_cached("SELECT count(*) FROM contract WHERE $1 IS NULL OR organization = $1")?
        .query_row([of], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = connection
        .prepare_cached(select!(
            "WHERE $1 IS NULL OR organization = $1 ORDER BY number LIMIT $2 OFFSET $3"
        ))?
        .query_map(params![of, limit, offset], read)?
        .collect::<Result<_, _>>()?;
    Ok(Page { rows, total })
}

/// The meters that the contracts of an organisation price within a range, by
/// name: reports list them even where they counted nothing.
pub(crate) fn entitled(
    connection: &Connection,
    organization: OrganizationId,
    range: TimeRange,
) -> Result<Vec<String>, StoreError> {
    let meters = connection
        .prepare_cached(
            "SELECT DISTINCT meter FROM contract JOIN contract_product ON contract = number
             JOIN product ON sku = contract_product.product
             WHERE organization = $1 AND begins < $2 AND (ends IS NULL OR ends > $3)
             ORDER BY meter",
        )?
        .query_map(
            params![
                organization.as_bytes(),
                range.end().micros(),
                range.start().micros()
            ],
            |row| row.get(0),
        )?
        .collect::<Result<_, _>>()?;
    Ok(meters)
}
