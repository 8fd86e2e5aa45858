//! Contracts that cannot be closed.

use exchequer_core::Instant;
use exchequer_store::Snapshot;
use exchequer_store::billing::due::{self, Failing, Troubles};
use exchequer_store::catalog::{Page, Window};

use crate::app::App;
use crate::error::Error;

/// A contract is dead once it has failed so many times in a row: about two hours after the
/// first. It is tried all the same, as `queue` says.
const DEAD_AFTER: u32 = 8;

/// A contract that was due longer than this is overdue. A queue that is worked off is never
/// behind so far, unless thousands are due at once.
const OVERDUE_SECONDS: i64 = 15 * 60;

/// A contract that could not be closed when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingContract {
    /// What the queue says of it.
    pub failing: Failing,
    /// True if it has failed so often that it will hardly heal by itself.
    pub is_dead: bool,
}

/// Returns a page of the contracts that cannot be closed, those first that have failed most
/// often.
///
/// # Errors
/// If the database fails.
pub async fn failing(app: &App, window: Window) -> Result<Page<FailingContract>, Error> {
    let list = move |db: &Snapshot<'_>| due::failing(db, window);
    let page = app.database().read(list).await?;
    let rows = page.rows.into_iter().map(|failing| FailingContract {
        is_dead: failing.due.failures >= DEAD_AFTER,
        failing,
    });
    Ok(Page {
        rows: rows.collect(),
        total: page.total,
    })
}

/// Counts the contracts of the queue that somebody should look at.
///
/// # Errors
/// If the database fails.
pub async fn troubles(app: &App) -> Result<Troubles, Error> {
    let late = app.now().micros() - OVERDUE_SECONDS * exchequer_core::MICROS_PER_SECOND;
    let before = Instant::from_micros(late);
    let count = move |db: &Snapshot<'_>| due::troubles(db, DEAD_AFTER, before);
    Ok(app.database().read_one(count).await?)
}
