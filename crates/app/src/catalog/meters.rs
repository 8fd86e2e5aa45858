//! Meters of the catalog.

use exchequer_core::{Day, Meter};
use exchequer_store::catalog::meters::{self, MeterDefinition};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};

use crate::app::App;
use crate::error::Error;

/// Lists meters, by name.
///
/// # Errors
/// If the database fails.
pub async fn list(app: &App, window: Window) -> Result<Page<Meter>, Error> {
    let set = app.database().read(meters::load).await?;
    let meters = set.meters();
    // An offset beyond what a machine can count is beyond the last meter.
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let rows = meters.iter().skip(offset).take(window.limit as usize);
    Ok(Page {
        rows: rows.cloned().collect(),
        total: meters.len() as u64,
    })
}

/// Finds a meter.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, name: &str) -> Result<Meter, Error> {
    let set = app.database().read(meters::load).await?;
    set.by_name(name).cloned().ok_or(Error::NotFound)
}

/// Creates a meter or gives it a new version.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    name: String,
    definition: MeterDefinition,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<Meter>, Error> {
    let shared = app.clone();
    let change = async move {
        let put = shared
            .database()
            .write(move |tx| meters::put(tx, &actor, &name, definition, effective, expect))
            .await?;
        if matches!(put, Put::Created(_) | Put::Changed(_)) {
            shared.store().reload_meters().await?;
        }
        Ok(put)
    };
    app.to_its_end(change).await
}

/// Deletes a meter that has counted nothing.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    name: String,
    expect: Expect,
) -> Result<Deletion, Error> {
    let shared = app.clone();
    let change = async move {
        let deletion = shared
            .database()
            .write(move |tx| meters::delete(tx, &actor, &name, expect))
            .await?;
        if deletion == Deletion::Deleted {
            shared.store().reload_meters().await?;
        }
        Ok(deletion)
    };
    app.to_its_end(change).await
}
