//! Products of the catalog.

use exchequer_core::{Day, Product};
use exchequer_store::catalog::products::{self, Stored};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, Transaction};

use crate::app::App;
use crate::error::Error;

/// Lists products, by part number.
///
/// # Errors
/// If the database fails.
pub async fn list(app: &App, window: Window) -> Result<Page<Stored>, Error> {
    let list = move |db: &Snapshot<'_>| products::list(db, window);
    Ok(app.database().read(list).await?)
}

/// Finds a product.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, sku: String) -> Result<Stored, Error> {
    let find = move |db: &Snapshot<'_>| products::find_with_history(db, &sku);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Creates or changes a product.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    product: Product,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<Stored>, Error> {
    let write = move |tx: &Transaction<'_>| products::put(tx, &actor, &product, effective, expect);
    Ok(app.database().write(write).await?)
}

/// Deletes a product that no contract prices.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    sku: String,
    expect: Expect,
) -> Result<Deletion, Error> {
    let write = move |tx: &Transaction<'_>| products::delete(tx, &actor, &sku, expect);
    Ok(app.database().write(write).await?)
}
