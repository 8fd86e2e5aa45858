//! Billable-usage reports: at once if that is quick enough, otherwise in the
//! background.
//!
//! A report is computed by a task of its own. Whoever asks waits for it, for
//! [`Config::report_wait`](crate::Config) at most. When that runs out, the task
//! keeps in the database that it is at work and the caller is told to come
//! back; the finished report is kept there too, until some time after it was
//! fetched. Requests for one report share one task, but only if no usage has
//! arrived in between: a report holds everything that was acknowledged before
//! it was asked for.

mod body;
mod slots;
mod task;

use std::pin::pin;
use std::time::Duration;

use exchequer_core::MICROS_PER_SECOND;
use exchequer_store::report_jobs::{self, ReportJob, ReportScope};
use exchequer_store::{Prepared, StoreError, UsageKey};
use tokio::time::{Instant, timeout_at};

pub(crate) use body::{ReportBody, etag, id, in_progress};
pub(crate) use slots::Reports;

use crate::app::looks::Trace;
use crate::error::ApiError;
use crate::state::AppState;
use slots::Slot;

/// The answer to a request for a report.
pub(crate) enum Answer {
    /// It is what the caller has already.
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
    /// It is being made.
    InProgress,
}

/// Finds or makes a report, while the caller leaves its trace; `has` tells
/// whether a caller that has one has it under a tag.
pub(crate) async fn report(
    state: &AppState,
    subject: ReportScope,
    trace: &Trace<'_>,
    has: Option<impl Fn(&str) -> bool>,
) -> Result<Answer, ApiError> {
    let until = Instant::now() + state.config().report_wait;
    if let Some(slot) = state.reports().kept(&subject) {
        return wait(state, &slot, until, trace).await;
    }
    // Mostly there is no job, so what the report needs is read meanwhile.
    let find = state
        .database()
        .read_one(move |db| report_jobs::find(db, &subject));
    let (mut find, mut read) = (pin!(find), pin!(read(state, subject, until, has.is_some())));
    let (job, done) = tokio::select! {
        biased;
        job = &mut find => (job?, None),
        done = &mut read => (find.await?, Some(done)),
    };
    if matches!(job, Some(ReportJob::Running)) {
        // Its task ended without being able to say so; it starts anew.
        return wait(state, &task::resume(state, subject), until, trace).await;
    }
    if let Some(ReportJob::Failed) = job {
        deliver(state, subject, trace).await?;
        return Err(ApiError::internal());
    }
    let mut stale = None;
    if let Some(ReportJob::Complete {
        etag: key,
        body,
        delivered,
    }) = job
    {
        if !delivered {
            deliver(state, subject, trace).await?;
            return Ok(Answer::Complete {
                etag: etag(&subject, &key),
                body: ReportBody::Kept(body.into()),
            });
        }
        stale = Some((key, body));
    }
    let (key, prepared) = match done {
        Some(done) => done?,
        // What is kept may do.
        None if stale.is_some() => (standing(state, subject).await?, None),
        None => read.await?,
    };
    let key = body::key(&key);
    let tag = etag(&subject, &key);
    if has.is_some_and(|has| has(&tag)) {
        return Ok(Answer::NotModified { etag: tag });
    }
    match stale {
        Some((kept, body)) if kept == key => Ok(Answer::Complete {
            etag: tag,
            body: ReportBody::Kept(body.into()),
        }),
        _ => {
            let slot = task::join(state, subject, key, prepared);
            wait(state, &slot, until, trace).await
        }
    }
}

/// How a report stands, and what it is made from, unless the caller is likely
/// to have it, or that takes longer than a caller waits.
async fn read(
    state: &AppState,
    subject: ReportScope,
    until: Instant,
    only_standing: bool,
) -> Result<(UsageKey, Option<Prepared>), StoreError> {
    if !only_standing && state.config().report_wait > Duration::ZERO {
        let prepare = state.store().prepare(subject.organization, subject.range);
        if let Ok(prepared) = timeout_at(until, prepare).await {
            let prepared = prepared?;
            return Ok((prepared.key().clone(), Some(prepared)));
        }
    }
    Ok((standing(state, subject).await?, None))
}

async fn standing(state: &AppState, subject: ReportScope) -> Result<UsageKey, StoreError> {
    let store = state.store();
    store.usage_key(subject.organization, subject.range).await
}

/// Waits for a task as long as a caller does.
async fn wait(
    state: &AppState,
    slot: &Slot,
    until: Instant,
    trace: &Trace<'_>,
) -> Result<Answer, ApiError> {
    if state.config().report_wait > Duration::ZERO
        && let Ok(outcome) = timeout_at(until, slot.outcome()).await
    {
        return finished(state, slot, outcome, trace).await;
    }
    if !slot.is_kept() && state.reports().is_full() {
        return Err(ApiError::busy(5));
    }
    // The task keeps itself, unless it finishes first.
    match slot.keep().await {
        Some(outcome) => finished(state, slot, outcome, trace).await,
        None => Ok(Answer::InProgress),
    }
}

async fn finished(
    state: &AppState,
    slot: &Slot,
    outcome: slots::Outcome,
    trace: &Trace<'_>,
) -> Result<Answer, ApiError> {
    if slot.is_kept() {
        deliver(state, slot.subject, trace).await?;
    }
    let report = outcome.map_err(|error| ApiError::from(error.as_ref()))?;
    let key = body::key(&UsageKey::from(report.as_ref()));
    let etag = etag(&slot.subject, &key);
    Ok(Answer::Complete {
        etag,
        body: ReportBody::Fresh(slot.subject, report),
    })
}

/// Keeps that the result was fetched, once nothing but the connection can keep
/// it from the caller.
async fn deliver(
    state: &AppState,
    subject: ReportScope,
    trace: &Trace<'_>,
) -> Result<(), ApiError> {
    trace.left().await?;
    let now = state.now();
    state
        .database()
        .write_one(move |tx| report_jobs::deliver(tx, &subject, now))
        .await?;
    Ok(())
}

/// Goes on with the reports that were being made when the server ended.
pub(crate) async fn resume(state: &AppState) -> Result<(), ApiError> {
    let unfinished = state.database().read(report_jobs::running).await?;
    for subject in unfinished {
        task::resume(state, subject);
    }
    Ok(())
}

/// Forgets reports: an hour after they were fetched, a week if they never were.
pub(crate) async fn purge(state: &AppState) -> Result<(), ApiError> {
    const HOUR: i64 = 3600 * MICROS_PER_SECOND;
    let now = state.now().micros();
    let fetched = exchequer_core::Instant::from_micros(now - HOUR);
    let finished = exchequer_core::Instant::from_micros(now - 7 * 24 * HOUR);
    state
        .database()
        .write_one(move |tx| report_jobs::purge(tx, fetched, finished))
        .await?;
    Ok(())
}
