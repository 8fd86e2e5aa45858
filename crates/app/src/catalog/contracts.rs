//! Contracts of the catalog.

use exchequer_core::{Contract, OrganizationId};
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, Transaction};
use exchequer_types::catalog;

use crate::app::App;
use crate::error::Error;

/// Lists contracts, by number: those of an organisation, or all.
///
/// # Errors
/// If the database fails.
pub async fn list(
    app: &App,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Stored>, Error> {
    let list = move |db: &Snapshot<'_>| contracts::list(db, organization, window);
    Ok(app.database().read(list).await?)
}

/// Finds a contract.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, number: String) -> Result<Stored, Error> {
    let find = move |db: &Snapshot<'_>| contracts::find(db, &number);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Creates a contract or gives it a new version; `document` is what it was made from.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    contract: Contract,
    document: &catalog::Contract,
    expect: Expect,
) -> Result<Put<Stored>, Error> {
    let body = serde_json::to_string(document)?;
    let organization = contract.organization();
    let write = move |tx: &Transaction<'_>| contracts::put(tx, &actor, &contract, &body, expect);
    Ok(app.database().write_in(organization, write).await?)
}

/// Deletes a contract that has not begun.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    number: String,
    expect: Expect,
) -> Result<Deletion, Error> {
    let asked = number.clone();
    let find = move |db: &Snapshot<'_>| contracts::organization_of(db, &asked);
    let Some(organization) = app.database().read_one(find).await? else {
        return Ok(Deletion::Absent);
    };
    let write =
        move |tx: &Transaction<'_>| contracts::delete(tx, &actor, organization, &number, expect);
    Ok(app.database().write_in(organization, write).await?)
}
