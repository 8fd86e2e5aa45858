//! Aliases of the catalog.

use exchequer_core::{AliasList, Day, OrganizationId};
use exchequer_store::catalog::aliases::{self, DatedAliases};
use exchequer_store::catalog::{Actor, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, Transaction};

use crate::app::App;
use crate::error::Error;

/// Lists the organisations that were given aliases, by id, each with those of a day.
///
/// # Errors
/// If the database fails.
pub async fn list(app: &App, day: Day, window: Window) -> Result<Page<DatedAliases>, Error> {
    let list = move |db: &Snapshot<'_>| aliases::list(db, day, window);
    Ok(app.database().read(list).await?)
}

/// Finds the aliases of an organisation on a day.
///
/// # Errors
/// [`Error::NotFound`] if it was never given any.
pub async fn find(
    app: &App,
    organization: OrganizationId,
    day: Day,
) -> Result<DatedAliases, Error> {
    let find = move |db: &Snapshot<'_>| aliases::find(db, organization, day);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Gives an organisation aliases from a day on: `effective`, or else today.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    organization: OrganizationId,
    list: AliasList,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<DatedAliases>, Error> {
    let begins = effective.unwrap_or_else(|| actor.at.day());
    let write =
        move |tx: &Transaction<'_>| aliases::put(tx, &actor, organization, &list, begins, expect);
    Ok(app.database().write_in(organization, write).await?)
}
