//! The task that makes one report.

use std::sync::Arc;

use exchequer_ledger::UsageReport;
use exchequer_store::report_jobs::{self, Packed, ReportScope};
use exchequer_store::{Cause, Prepared, StoreError, UsageKey};

use super::body;
use crate::app::App;
use crate::running_reports::{Begun, Slot, Stage};

/// Joins the task that makes the report from the usage of `key`, or starts it. The key was
/// read after `begun`.
pub(super) fn join(
    app: &App,
    scope: ReportScope,
    begun: Begun,
    key: String,
    prepared: Option<Prepared>,
) -> Arc<Slot> {
    let (slot, new) = app.reports().join(scope, &key, begun);
    if new {
        app.spawn(run(app.clone(), Arc::clone(&slot), key, prepared));
    }
    slot
}

/// Goes on with a report that the database knows of.
pub(super) fn resume(app: &App, scope: ReportScope) -> Arc<Slot> {
    let (slot, new) = app.reports().resume(scope, Begun::now(app.now()));
    if new {
        let (shared, slot) = (app.clone(), Arc::clone(&slot));
        app.spawn(async move {
            let result = compute(&shared, scope, None).await;
            finish_kept(&shared, &slot, result).await;
        });
    }
    slot
}

async fn run(app: App, slot: Arc<Slot>, key: String, prepared: Option<Prepared>) {
    let computing = compute(&app, slot.scope, prepared);
    tokio::pin!(computing);
    let done = tokio::select! {
        // Whoever wants every report in the background asks before it starts.
        biased;
        () = slot.asked_to_keep() => None,
        result = &mut computing => Some(result),
    };
    if let Some(result) = done {
        slot.enter(Stage::Done(result.map_err(Arc::new)));
        app.reports().forget_waited(&key, &slot);
        return;
    }
    // Known here before it is known in the database: whoever finds the job
    // there must find its task here, and not start another one.
    app.reports().move_to_kept(&key, &slot);
    let (scope, now) = (slot.scope, app.now());
    if let Err(error) = app
        .database()
        .write_one(move |tx| report_jobs::begin(tx, &scope, now))
        .await
    {
        // The report is made all the same, and only a restart would lose it.
        tracing::warn!(error = error.chain(), "a report job could not be kept");
    }
    slot.enter(Stage::Kept);
    let result = computing.await;
    finish_kept(&app, &slot, result).await;
}

async fn compute(
    app: &App,
    scope: ReportScope,
    prepared: Option<Prepared>,
) -> Result<Arc<UsageReport>, StoreError> {
    let store = app.store();
    let report = match prepared {
        Some(prepared) => store.report(prepared).await,
        None => store.usage(scope.organization, scope.range).await,
    };
    report.map(Arc::new)
}

/// Keeps how it ended, then tells those who wait: in that order, so that the
/// next caller finds it in one place or the other.
async fn finish_kept(app: &App, slot: &Slot, result: Result<Arc<UsageReport>, StoreError>) {
    let kept = match &result {
        Ok(report) => keep_report(app, slot, Arc::clone(report)).await,
        // The server is ending, or the database is away; the job goes on when
        // it is back, and somebody asks.
        Err(StoreError::Closed | StoreError::Unavailable(_) | StoreError::Full(_)) => Ok(()),
        Err(error) => {
            tracing::error!(error = error.chain(), "a report failed in the background");
            let (scope, now) = (slot.scope, app.now());
            app.database()
                .write_one(move |tx| report_jobs::fail(tx, &scope, now))
                .await
        }
    };
    if let Err(error) = kept {
        tracing::warn!(error = error.chain(), "a finished report could not be kept");
    }
    slot.enter(Stage::Done(result.map_err(Arc::new)));
    app.reports().forget_kept(slot);
}

async fn keep_report(app: &App, slot: &Slot, report: Arc<UsageReport>) -> Result<(), StoreError> {
    let (scope, as_of) = (slot.scope, slot.begun.at);
    let key = body::key(&UsageKey::from(report.as_ref()));
    let pack = move || Packed::new(&body::whole(scope, report), as_of);
    let packed = tokio::task::spawn_blocking(pack)
        .await
        .map_err(|error| StoreError::unavailable(Cause::from_error(error)))??;
    let now = app.now();
    app.database()
        .write_one(move |tx| report_jobs::complete(tx, &scope, now, &key, &packed))
        .await
}
