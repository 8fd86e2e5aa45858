//! The task that makes one report.

use std::sync::Arc;

use exchequer_ledger::UsageReport;
use exchequer_store::report_jobs::{self, Packed, ReportScope};
use exchequer_store::{Cause, Prepared, StoreError, UsageKey};

use super::body;
use super::slots::{Slot, Stage};
use crate::state::AppState;

/// Joins the task that makes the report from the usage of `key`, or starts it.
pub(super) fn join(
    state: &AppState,
    subject: ReportScope,
    key: String,
    prepared: Option<Prepared>,
) -> Arc<Slot> {
    let (slot, new) = state.reports().join(subject, &key);
    if new {
        state.spawn(run(state.clone(), Arc::clone(&slot), key, prepared));
    }
    slot
}

/// Goes on with a report that the database knows of.
pub(super) fn resume(state: &AppState, subject: ReportScope) -> Arc<Slot> {
    let (slot, new) = state.reports().resume(subject);
    if new {
        let (shared, slot) = (state.clone(), Arc::clone(&slot));
        state.spawn(async move {
            let result = compute(&shared, subject, None).await;
            finish_kept(&shared, &slot, result).await;
        });
    }
    slot
}

async fn run(state: AppState, slot: Arc<Slot>, key: String, prepared: Option<Prepared>) {
    let computing = compute(&state, slot.subject, prepared);
    tokio::pin!(computing);
    let done = tokio::select! {
        // Whoever wants every report in the background asks before it starts.
        biased;
        () = slot.asked_to_keep() => None,
        result = &mut computing => Some(result),
    };
    if let Some(result) = done {
        slot.enter(Stage::Done(result.map_err(Arc::new)));
        state.reports().forget_waited(&key, &slot);
        return;
    }
    // Known here before it is known in the database: whoever finds the job
    // there must find its task here, and not start another one.
    state.reports().move_to_kept(&key, &slot);
    let (subject, now) = (slot.subject, state.now());
    if let Err(error) = state
        .database()
        .write_one(move |tx| report_jobs::begin(tx, &subject, now))
        .await
    {
        // It goes on all the same; only a restart would forget it.
        tracing::warn!(error = error.chain(), "a report job could not be kept");
    }
    slot.enter(Stage::Kept);
    let result = computing.await;
    finish_kept(&state, &slot, result).await;
}

async fn compute(
    state: &AppState,
    subject: ReportScope,
    prepared: Option<Prepared>,
) -> Result<Arc<UsageReport>, StoreError> {
    let store = state.store();
    let report = match prepared {
        Some(prepared) => store.report(prepared).await,
        None => store.usage(subject.organization, subject.range).await,
    };
    report.map(Arc::new)
}

/// Keeps how it ended, then tells those who wait: in that order, so that the
/// next caller finds it in one place or the other.
async fn finish_kept(state: &AppState, slot: &Slot, result: Result<Arc<UsageReport>, StoreError>) {
    let kept = match &result {
        Ok(report) => keep_report(state, slot.subject, Arc::clone(report)).await,
        // The server is ending, or the database is away; the job goes on when
        // it is back, and somebody asks.
        Err(StoreError::Closed | StoreError::Unavailable(_) | StoreError::Full(_)) => Ok(()),
        Err(error) => {
            tracing::error!(error = error.chain(), "a report failed in the background");
            let (subject, now) = (slot.subject, state.now());
            state
                .database()
                .write_one(move |tx| report_jobs::fail(tx, &subject, now))
                .await
        }
    };
    if let Err(error) = kept {
        tracing::warn!(error = error.chain(), "a finished report could not be kept");
    }
    slot.enter(Stage::Done(result.map_err(Arc::new)));
    state.reports().forget_kept(slot);
}

async fn keep_report(
    state: &AppState,
    subject: ReportScope,
    report: Arc<UsageReport>,
) -> Result<(), StoreError> {
    let key = body::key(&UsageKey::from(report.as_ref()));
    let pack = move || Packed::new(&body::whole(subject, report));
    let packed = tokio::task::spawn_blocking(pack)
        .await
        .map_err(|error| StoreError::unavailable(Cause::from_error(error)))??;
    let now = state.now();
    state
        .database()
        .write_one(move |tx| report_jobs::complete(tx, &subject, now, &key, &packed))
        .await
}
