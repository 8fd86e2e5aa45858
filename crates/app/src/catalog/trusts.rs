//! Trusts of the catalog, and as either side sees them.

use exchequer_core::OrganizationId;
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::trusts::{self, Grant, Parties, Side, Trust};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, Transaction};

use crate::app::App;
use crate::error::Error;

/// A trust with the organisation at its other end.
pub type TrustWith = (Trust, Organization);

/// Lists trusts, by trustee, then trustor.
///
/// # Errors
/// If the database fails.
pub async fn list(app: &App, window: Window) -> Result<Page<Trust>, Error> {
    let list = move |db: &Snapshot<'_>| trusts::list(db, window);
    Ok(app.database().read(list).await?)
}

/// Lists the trusts of an organisation on one side, by the id of the other end.
///
/// # Errors
/// If the database fails.
pub async fn list_of(
    app: &App,
    organization: OrganizationId,
    side: Side,
    window: Window,
) -> Result<Page<TrustWith>, Error> {
    let list = move |db: &Snapshot<'_>| trusts::of_organization(db, organization, side, window);
    Ok(app.database().read(list).await?)
}

/// Finds a trust.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, parties: Parties) -> Result<Trust, Error> {
    let find = move |db: &Snapshot<'_>| trusts::find(db, parties);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Finds a trust, with one of its two organisations.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find_with(
    app: &App,
    parties: Parties,
    other: OrganizationId,
) -> Result<TrustWith, Error> {
    let find = move |db: &Snapshot<'_>| {
        let trust = trusts::find(db, parties)?;
        Ok(trust.zip(organizations::find(db, other)?))
    };
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Makes a trust, or changes what it opens.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    parties: Parties,
    grant: Grant,
    expect: Expect,
) -> Result<Put<Trust>, Error> {
    let write = move |tx: &Transaction<'_>| trusts::put(tx, &actor, parties, &grant, expect);
    Ok(app.database().write_in(parties.trustor, write).await?)
}

/// Deletes a trust.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    parties: Parties,
    expect: Expect,
) -> Result<Deletion, Error> {
    let write = move |tx: &Transaction<'_>| trusts::delete(tx, &actor, parties, expect);
    Ok(app.database().write_in(parties.trustor, write).await?)
}
