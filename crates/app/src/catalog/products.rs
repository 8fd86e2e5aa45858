//! Products of the catalog.

use exchequer_core::{Day, Product, Products};
use exchequer_store::catalog::products::{self, Stored};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window, contracts};
use exchequer_store::{Snapshot, StoreError, Transaction};

use crate::app::App;
use crate::documents::contract::load;
use crate::documents::reason;
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

/// Creates or changes a product. With a reason, what its figures are made of changes for all
/// that is not closed, also while contracts price it.
///
/// # Errors
/// [`Error::Invalid`] if the reason is none, or if the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    product: Product,
    effective: Option<Day>,
    reason: Option<String>,
    expect: Expect,
) -> Result<Put<Stored>, Error> {
    reason.as_deref().map(reason::check).transpose()?;
    let write = move |tx: &Transaction<'_>| {
        if reason.is_some()
            && let Some(why) = misfit(tx, &product)?
        {
            return Ok(Put::Refused(why));
        }
        products::put(tx, &actor, &product, effective, reason.as_deref(), expect)
    };
    Ok(app.database().write(write).await?)
}

/// Returns why a product does not fit a contract that prices it.
fn misfit(db: &Snapshot<'_>, product: &Product) -> Result<Option<String>, StoreError> {
    for number in products::pricing(db, &product.sku)? {
        let Some(stored) = contracts::find(db, &number)? else {
            continue;
        };
        let contract = load(&stored)?;
        let mut products = Products::new();
        for sku in contract.products() {
            let found = products::find(db, sku)?.map(|found| found.product);
            products.extend(found.map(|it| (sku.to_owned(), it)));
        }
        products.insert(product.sku.clone(), product.clone());
        if let Err(error) = contract.check_products(&products) {
            return Ok(Some(format!("contract {number}: {error}")));
        }
    }
    Ok(None)
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
