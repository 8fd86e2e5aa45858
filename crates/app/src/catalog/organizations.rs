//! Organisations of the catalog.

use exchequer_core::{Day, OrganizationId};
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{EVER, Snapshot, Transaction};

use crate::app::App;
use crate::error::Error;

/// Lists organisations, by id.
///
/// # Errors
/// If the database fails.
pub async fn list(app: &App, window: Window) -> Result<Page<Organization>, Error> {
    let list = move |db: &Snapshot<'_>| organizations::list(db, window);
    Ok(app.database().read(list).await?)
}

/// Finds an organisation.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, id: OrganizationId) -> Result<Organization, Error> {
    let find = move |db: &Snapshot<'_>| organizations::find_with_history(db, id);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Creates or renames an organisation.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    id: OrganizationId,
    name: String,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<Organization>, Error> {
    let shared = app.clone();
    let change = async move {
        let write = move |tx: &Transaction<'_>| {
            organizations::put(tx, &actor, id, &name, effective, expect)
        };
        let put = shared.database().write(write).await?;
        if matches!(put, Put::Created(_)) {
            shared.organizations().write().await.insert(id);
        }
        Ok(put)
    };
    app.to_its_end(change).await
}

/// Deletes an organisation that nothing belongs to. Ingestion waits meanwhile:
/// usage must not arrive between the check and the deletion.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    id: OrganizationId,
    expect: Expect,
) -> Result<Deletion, Error> {
    let shared = app.clone();
    let change = async move {
        let mut known = shared.organizations().write().await;
        let usage = shared.store().usage_key(id, EVER).await?;
        if usage.last_seq > 0 {
            return Ok(Deletion::InUse("it has usage"));
        }
        let delete = move |tx: &Transaction<'_>| organizations::delete(tx, &actor, id, expect);
        let deletion = shared.database().write(delete).await?;
        if deletion == Deletion::Deleted {
            known.remove(&id);
        }
        Ok(deletion)
    };
    app.to_its_end(change).await
}
