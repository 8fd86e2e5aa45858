//! Listing what contracts were charged.

use exchequer_core::OrganizationId;
use exchequer_store::billing::entries::{self, Entry};
use exchequer_store::catalog::contracts;
use exchequer_store::{Snapshot, StoreError};

use super::record::{Record, hexadecimal};
use crate::app::App;
use crate::error::Error;

/// An entry of a list.
#[derive(Clone, Debug)]
pub struct ListedEntry {
    /// Its number.
    pub entry: u64,
    /// Its content.
    pub record: Record,
    /// Its digest, in hexadecimal digits.
    pub digest: String,
}

/// Lists the entries of a contract after a number, in their order: one more than are asked
/// for, if there are more.
///
/// # Errors
/// [`Error::NotFound`] if the organisation has no such contract.
pub async fn entries(
    app: &App,
    organization: OrganizationId,
    contract: &str,
    after: u64,
    most: u32,
) -> Result<Vec<ListedEntry>, Error> {
    let contract = contract.to_owned();
    let list = move |db: &Snapshot<'_>| {
        if contracts::organization_of(db, &contract)? != Some(organization) {
            return Ok(None);
        }
        entries::list(db, organization, &contract, after, most.saturating_add(1)).map(Some)
    };
    let found = app.database().read(list).await?.ok_or(Error::NotFound)?;
    let listed = found.into_iter().map(ListedEntry::read);
    Ok(listed.collect::<Result<_, _>>()?)
}

impl ListedEntry {
    pub(crate) fn read(entry: Entry) -> Result<Self, StoreError> {
        Ok(Self {
            entry: entry.entry,
            record: Record::parse(&entry.body)?,
            digest: hexadecimal(entry.digest),
        })
    }
}
