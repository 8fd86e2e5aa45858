//! Clients of the catalog.

use exchequer_core::OrganizationId;
use exchequer_store::catalog::clients::{self, Client, NewClient};
use exchequer_store::catalog::{Actor, ClientId, Deletion, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, Transaction};

use crate::app::App;
use crate::error::Error;

/// Lists clients, by id: those of an organisation, or all.
///
/// # Errors
/// If the database fails.
pub async fn list(
    app: &App,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Client>, Error> {
    let list = move |db: &Snapshot<'_>| clients::list(db, organization, window);
    Ok(app.database().read(list).await?)
}

/// Finds a client.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, id: ClientId) -> Result<Client, Error> {
    let find = move |db: &Snapshot<'_>| clients::find(db, id);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Creates or changes a client.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    new: NewClient,
    expect: Expect,
) -> Result<Put<Client>, Error> {
    let write = move |tx: &Transaction<'_>| clients::put(tx, &actor, &new, expect);
    Ok(app.database().write(write).await?)
}

/// Deletes a client, and its tokens with it.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    id: ClientId,
    expect: Expect,
) -> Result<Deletion, Error> {
    let write = move |tx: &Transaction<'_>| clients::delete(tx, &actor, id, expect);
    Ok(app.database().write(write).await?)
}
