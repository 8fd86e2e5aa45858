//! Meters of the catalog.

use exchequer_core::{Day, Meter, Unreadable};
use exchequer_store::catalog::meters::{self, MeterDefinition};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{RecentEvents, Transaction};

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

/// The events of the last days, as a change of a meter would have read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriedOnRecent {
    /// The events.
    pub recent: RecentEvents,
    /// The fate of those that it cannot read.
    pub unreadable: Unreadable,
}

/// Creates a meter or gives it a new version. Of a new version that reads quantities it
/// says what the version would have made of the events of the last days.
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
) -> Result<(Put<Meter>, Option<TriedOnRecent>), Error> {
    let shared = app.clone();
    let change = async move {
        let recent = try_on_recent(&shared, &actor, &name, &definition, effective).await?;
        let in_use = recent.is_some_and(|recent| recent.in_use());
        let write = move |tx: &Transaction<'_>| {
            meters::put(tx, &actor, &name, definition, effective, in_use, expect)
        };
        let put = shared.database().write(write).await?;
        if matches!(put, Put::Created(_) | Put::Changed(_)) {
            shared.store().reload_meters().await?;
        }
        let tried = match (&put, recent) {
            (Put::Created(meter) | Put::Changed(meter), Some(recent)) => {
                let newest = meter.versions.iter().max_by_key(|version| version.version);
                let unreadable = newest.expect("a meter has a version").unreadable;
                Some(TriedOnRecent { recent, unreadable })
            }
            _ => None,
        };
        Ok((put, tried))
    };
    app.to_its_end(change).await
}

/// Tries a definition on the events of the last days, if it reads quantities and changes
/// something.
async fn try_on_recent(
    app: &App,
    actor: &Actor,
    name: &str,
    definition: &MeterDefinition,
    effective: Option<Day>,
) -> Result<Option<RecentEvents>, Error> {
    if !definition.aggregation.reads_quantity() {
        return Ok(None);
    }
    let today = actor.at.day();
    let (name, put) = (name.to_owned(), definition.clone());
    let changes = app
        .database()
        .read(move |db| meters::changes(db, &name, &put, effective, today));
    if !changes.await? {
        return Ok(None);
    }
    // Number, day and revision of a version have no part in how it reads an event.
    let version = definition.clone().version(1, today, 0);
    let recent = app.store().recent_events(version, today).await?;
    Ok(Some(recent))
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
