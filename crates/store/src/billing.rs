//! What contracts were charged: closed periods, and the entries that made them.
//!
//! An entry is for ever. A closed period says where its entries have led to: up to which
//! events it is rated, and the state that it hands to the next one. All of it is in the
//! partition of the organisation, and changes in transactions of it
//! ([`Database::write_in`](crate::Database::write_in)), as contracts do.

pub mod due;
pub mod entries;
pub mod periods;
pub mod terms;

use exchequer_core::OrganizationId;

use crate::error::StoreError;
use crate::fault;
use crate::sql::{Snapshot, Transaction, params};
use entries::NewEntry;
use periods::ClosedPeriod;

/// A contract as somebody has seen it, who wants to add to its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The organisation of the contract.
    pub organization: OrganizationId,
    /// The number of the contract.
    pub contract: String,
    /// The version of the contract.
    pub version: u64,
    /// The number of its last entry; 0 if there is none.
    pub last: u64,
    /// The revision of the meters.
    pub meters: u64,
    /// The version of the aliases; 0 without any.
    pub aliases: u64,
}

impl Chain {
    /// Returns true if the contract is still as it was seen, and all that it is rated by.
    fn is_current(&self, db: &Snapshot<'_>) -> Result<bool, StoreError> {
        let partition = db.partition_of(self.organization)?.number();
        let id = self.organization.as_bytes();
        let query = "SELECT version,
                 (SELECT max(entry) FROM billing_entry
                  WHERE billing_entry.partition = $1 AND contract = $2),
                 (SELECT max(version) FROM alias_list
                  WHERE alias_list.partition = $1 AND alias_list.organization = $3),
                 (SELECT value FROM counter WHERE name = 'meter_revision')
             FROM contract
             WHERE contract.partition = $1 AND number = $2 AND organization = $3";
        let now = db.first(query, params![partition, self.contract, id], |row| {
            let last: Option<u64> = row.get(1)?;
            let aliases: Option<u64> = row.get(2)?;
            Ok(Self {
                version: row.get(0)?,
                last: last.unwrap_or(0),
                meters: row.get(3)?,
                aliases: aliases.unwrap_or(0),
                ..self.clone()
            })
        })?;
        Ok(now.as_ref() == Some(self))
    }
}

/// Adds entries to a chain, and says where its periods stand then. Returns false, and
/// changes nothing, if the chain is not what it was any more. In a transaction of the
/// organisation.
///
/// # Errors
/// If the database fails.
pub fn append(
    tx: &Transaction<'_>,
    chain: &Chain,
    entries: &[NewEntry],
    periods: &[ClosedPeriod],
) -> Result<bool, StoreError> {
    if !chain.is_current(tx)? {
        return Ok(false);
    }
    entries::insert(tx, chain, entries)?;
    periods::write(tx, chain, periods)?;
    fault::point("close.written")?;
    Ok(true)
}
