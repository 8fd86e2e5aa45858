//! Billable-usage reports: at once if that is quick enough, otherwise in the
//! background.
//!
//! A report is computed by a task of its own. Whoever asks waits for it, for
//! [`Settings::report_wait`](crate::Settings) at most. When that runs out, the task
//! keeps in the database that it is at work and the caller is told to come
//! back; the finished report is kept there too, until some time after it was
//! fetched. Requests for one report share one task, but only if no usage has
//! arrived in between: a report holds everything that was acknowledged before
//! it was asked for.

mod body;
mod task;

use std::pin::pin;
use std::time::Duration;

use exchequer_store::report_jobs::{self, ReportJob, ReportScope};
use exchequer_store::{Prepared, StoreError, UsageKey};
use tokio::time::{Instant, timeout_at};

pub use body::{Pieces, ReportBody, Writer, id, in_progress};

use crate::app::App;
use crate::audited_reads::Trace;
use crate::error::Error;
use crate::running_reports::{Outcome, Slot};
use body::etag;

/// The answer to a request for a report.
pub enum Answer {
    /// The caller has this report already.
    NotModified {
        /// The caller's tag.
        etag: String,
    },
    /// Here it is.
    Complete {
        /// Changes when the report does.
        etag: String,
        /// The report.
        body: ReportBody,
    },
    /// The report is still being made.
    InProgress,
}

/// Finds or makes a report, while the caller leaves its trace; `has` tells
/// whether a caller that has one has it under a tag.
///
/// # Errors
/// [`Error::Busy`] if too many are made in the background already.
pub async fn report(
    app: &App,
    scope: ReportScope,
    trace: &Trace<'_>,
    has: Option<impl Fn(&str) -> bool>,
) -> Result<Answer, Error> {
    let until = Instant::now() + app.settings().report_wait;
    if let Some(slot) = app.reports().kept(&scope) {
        return wait(app, &slot, until, trace).await;
    }
    // Mostly there is no job, so what the report needs is read meanwhile.
    let find = app
        .database()
        .read_one(move |db| report_jobs::find(db, &scope));
    let (mut find, mut read) = (pin!(find), pin!(find_key(app, scope, until, has.is_some())));
    let (job, done) = tokio::select! {
        biased;
        job = &mut find => (job?, None),
        done = &mut read => (find.await?, Some(done)),
    };
    if matches!(job, Some(ReportJob::Running)) {
        // Its task ended without being able to say so; it starts again.
        return wait(app, &task::resume(app, scope), until, trace).await;
    }
    if let Some(ReportJob::Failed) = job {
        deliver(app, scope, trace).await?;
        return Err(Error::Internal(
            "the report failed in the background".into(),
        ));
    }
    let mut stale = None;
    if let Some(ReportJob::Complete {
        etag: key,
        body,
        delivered,
    }) = job
    {
        if !delivered {
            deliver(app, scope, trace).await?;
            return Ok(Answer::Complete {
                etag: etag(&scope, &key),
                body: ReportBody::Kept(body.into()),
            });
        }
        stale = Some((key, body));
    }
    let (key, prepared) = match done {
        Some(done) => done?,
        // The kept report may still be current, which its key alone tells.
        None if stale.is_some() => (current_key(app, scope).await?, None),
        None => read.await?,
    };
    let key = body::key(&key);
    let tag = etag(&scope, &key);
    if has.is_some_and(|has| has(&tag)) {
        return Ok(Answer::NotModified { etag: tag });
    }
    match stale {
        Some((kept, body)) if kept == key => Ok(Answer::Complete {
            etag: tag,
            body: ReportBody::Kept(body.into()),
        }),
        _ => {
            let slot = task::join(app, scope, key, prepared);
            wait(app, &slot, until, trace).await
        }
    }
}

/// Returns the key of a report, and what it is made from, unless the caller is
/// likely to have it, or that takes longer than a caller waits.
async fn find_key(
    app: &App,
    scope: ReportScope,
    until: Instant,
    only_key: bool,
) -> Result<(UsageKey, Option<Prepared>), StoreError> {
    if !only_key && app.settings().report_wait > Duration::ZERO {
        let prepare = app.store().prepare(scope.organization, scope.range);
        if let Ok(prepared) = timeout_at(until, prepare).await {
            let prepared = prepared?;
            return Ok((prepared.key().clone(), Some(prepared)));
        }
    }
    Ok((current_key(app, scope).await?, None))
}

async fn current_key(app: &App, scope: ReportScope) -> Result<UsageKey, StoreError> {
    let store = app.store();
    store.usage_key(scope.organization, scope.range).await
}

/// Waits for a task as long as a caller does.
async fn wait(app: &App, slot: &Slot, until: Instant, trace: &Trace<'_>) -> Result<Answer, Error> {
    if app.settings().report_wait > Duration::ZERO
        && let Ok(outcome) = timeout_at(until, slot.outcome()).await
    {
        return finished(app, slot, outcome, trace).await;
    }
    if !slot.is_kept() && app.reports().is_full() {
        return Err(Error::Busy { retry_after: 5 });
    }
    // The task keeps itself, unless it finishes first.
    match slot.keep().await {
        Some(outcome) => finished(app, slot, outcome, trace).await,
        None => Ok(Answer::InProgress),
    }
}

async fn finished(
    app: &App,
    slot: &Slot,
    outcome: Outcome,
    trace: &Trace<'_>,
) -> Result<Answer, Error> {
    if slot.is_kept() {
        deliver(app, slot.scope, trace).await?;
    }
    let report = outcome?;
    let key = body::key(&UsageKey::from(report.as_ref()));
    let etag = etag(&slot.scope, &key);
    Ok(Answer::Complete {
        etag,
        body: ReportBody::Fresh(slot.scope, report),
    })
}

/// Keeps that the result was fetched, once nothing but the connection can keep
/// it from the caller.
async fn deliver(app: &App, scope: ReportScope, trace: &Trace<'_>) -> Result<(), Error> {
    trace.recorded().await?;
    let now = app.now();
    app.database()
        .write_one(move |tx| report_jobs::deliver(tx, &scope, now))
        .await?;
    Ok(())
}

/// Goes on with the reports that were being made when the application ended.
pub(crate) async fn finish_all(app: &App) -> Result<(), Error> {
    let unfinished = app.database().read(report_jobs::running).await?;
    for scope in unfinished {
        task::resume(app, scope);
    }
    Ok(())
}
