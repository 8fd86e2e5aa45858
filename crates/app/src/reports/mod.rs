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
//!
//! A report of the background is of the past by the time it is fetched. If nothing
//! has changed since, it is the report of now. Otherwise it is made again; but one that
//! takes longer than anybody waits would never be ready where usage keeps coming, so
//! then the older one is answered, and says as of when it is.

mod body;
mod task;

use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use exchequer_core::Instant;
use exchequer_ledger::UsageReport;
use exchequer_store::report_jobs::{self, ReportJob, ReportScope};
use exchequer_store::{Prepared, StoreError, UsageKey};
use tokio::time::{Instant as Deadline, timeout_at};

pub use body::{Pieces, ReportBody, Writer, id, in_progress};

use crate::app::App;
use crate::audited_reads::Trace;
use crate::error::Error;
use crate::limits::RETRY_REPORT_AFTER;
use crate::running_reports::{Begun, Outcome, Slot};
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
    /// Here is one of the past, which says as of when it is: something has changed since,
    /// and making it again takes longer than a caller waits.
    Outdated {
        /// The report.
        body: ReportBody,
    },
    /// The report is still being made.
    InProgress,
}

/// A report of the background.
struct OfBackground {
    /// The key of the usage that it was made from.
    key: String,
    /// All that was acknowledged before this is in it, if that is known.
    as_of: Option<Instant>,
    body: ReportBody,
}

/// A request for a report.
struct Query<'a> {
    app: &'a App,
    scope: ReportScope,
    /// The moment at which it came.
    asked: Begun,
    /// The time until which it waits.
    until: Deadline,
    trace: &'a Trace<'a>,
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
    let query = Query {
        app,
        scope,
        asked: Begun::now(app.now()),
        until: Deadline::now() + app.settings().report_wait,
        trace,
    };
    if let Some(slot) = app.reports().kept(&scope) {
        return query.wait_for_earlier(&slot).await;
    }
    // Mostly there is no job, so what the report needs is read meanwhile.
    let find = app
        .database()
        .read_one(move |db| report_jobs::find(db, &scope));
    let (mut find, mut read) = (pin!(find), pin!(query.find_key(has.is_some())));
    let (job, done) = tokio::select! {
        biased;
        job = &mut find => (job?, None),
        done = &mut read => (find.await?, Some(done)),
    };
    let stale = match query.settle(job).await? {
        ControlFlow::Break(answer) => return Ok(answer),
        ControlFlow::Continue(stale) => stale,
    };
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
        Some(kept) if kept.key == key => Ok(Answer::Complete {
            etag: tag,
            body: kept.body,
        }),
        _ => query.wait(&query.join(key, prepared)).await,
    }
}

impl Query<'_> {
    /// Returns the answer that a job gives, or else its report, which was fetched before
    /// and may still be current.
    async fn settle(
        &self,
        job: Option<ReportJob>,
    ) -> Result<ControlFlow<Answer, Option<OfBackground>>, Error> {
        match job {
            None => Ok(ControlFlow::Continue(None)),
            // Its task ended without being able to say so; it starts again.
            Some(ReportJob::Running) => {
                let slot = task::resume(self.app, self.scope);
                // Or it has just been moved to the background, and began before this request.
                let answer = if slot.begun.order < self.asked.order {
                    self.wait_for_earlier(&slot).await?
                } else {
                    self.wait(&slot).await?
                };
                Ok(ControlFlow::Break(answer))
            }
            Some(ReportJob::Failed) => {
                self.deliver().await?;
                let why = "the report failed in the background";
                Err(Error::Internal(why.into()))
            }
            Some(ReportJob::Complete {
                etag,
                body,
                delivered,
                as_of,
            }) => {
                let kept = OfBackground {
                    key: etag,
                    as_of,
                    body: ReportBody::kept(body),
                };
                if delivered {
                    return Ok(ControlFlow::Continue(Some(kept)));
                }
                let answer = self.answer_from_background(kept).await?;
                Ok(ControlFlow::Break(answer))
            }
        }
    }

    /// Returns the key of a report, and what it is made from, unless the caller is
    /// likely to have it, or that takes longer than a caller waits.
    async fn find_key(&self, only_key: bool) -> Result<(UsageKey, Option<Prepared>), StoreError> {
        let (app, scope) = (self.app, self.scope);
        if !only_key && self.waits() {
            let prepare = app.store().prepare(scope.organization, scope.range);
            if let Ok(prepared) = timeout_at(self.until, prepare).await {
                let prepared = prepared?;
                return Ok((prepared.key().clone(), Some(prepared)));
            }
        }
        Ok((current_key(app, scope).await?, None))
    }

    /// Returns true if a caller waits at all.
    fn waits(&self) -> bool {
        self.app.settings().report_wait > Duration::ZERO
    }

    /// Joins the task that makes the report from the usage of a key, or starts it.
    fn join(&self, key: String, prepared: Option<Prepared>) -> Arc<Slot> {
        task::join(self.app, self.scope, self.asked, key, prepared)
    }

    /// Waits for the end of a task as long as a caller does, and then lets it keep itself.
    async fn outcome(&self, slot: &Slot) -> Result<Option<Outcome>, Error> {
        if self.waits()
            && let Ok(outcome) = timeout_at(self.until, slot.outcome()).await
        {
            return Ok(Some(outcome));
        }
        if !slot.is_kept() && self.app.reports().is_full() {
            return Err(Error::Busy {
                retry_after: RETRY_REPORT_AFTER,
            });
        }
        // The task keeps itself, unless it finishes first.
        Ok(slot.keep().await)
    }

    /// Waits for a task that began with this request, or with usage that has not changed
    /// since.
    async fn wait(&self, slot: &Slot) -> Result<Answer, Error> {
        let Some(outcome) = self.outcome(slot).await? else {
            return Ok(Answer::InProgress);
        };
        if slot.is_kept() {
            self.deliver().await?;
        }
        Ok(complete(slot.scope, outcome?))
    }

    /// Waits for a task that began before this request did.
    async fn wait_for_earlier(&self, slot: &Slot) -> Result<Answer, Error> {
        let Some(outcome) = self.outcome(slot).await? else {
            return Ok(Answer::InProgress);
        };
        let report = match outcome {
            Ok(report) => report,
            Err(error) => {
                self.deliver().await?;
                return Err(error.into());
            }
        };
        self.answer_from_background(OfBackground {
            key: body::key(&UsageKey::from(report.as_ref())),
            as_of: Some(slot.begun.at),
            body: ReportBody::fresh(slot.scope, report),
        })
        .await
    }

    /// Answers a report of the background: as it is while nothing has changed, otherwise
    /// as it is by now if that can be waited for, and else as of when it was made.
    async fn answer_from_background(&self, kept: OfBackground) -> Result<Answer, Error> {
        let key = body::key(&current_key(self.app, self.scope).await?);
        if kept.key == key {
            self.deliver().await?;
            return Ok(Answer::Complete {
                etag: etag(&self.scope, &key),
                body: kept.body,
            });
        }
        let slot = self.join(key, None);
        let Some(as_of) = kept.as_of else {
            self.deliver().await?;
            return self.wait(&slot).await;
        };
        if self.waits()
            && let Ok(outcome) = timeout_at(self.until, slot.outcome()).await
        {
            self.deliver().await?;
            return Ok(complete(self.scope, outcome?));
        }
        self.deliver().await?;
        let body = kept.body.dated(as_of);
        Ok(Answer::Outdated { body })
    }

    /// Keeps that the result was fetched, once nothing but the connection can keep
    /// it from the caller.
    async fn deliver(&self) -> Result<(), Error> {
        self.trace.recorded().await?;
        let (scope, now) = (self.scope, self.app.now());
        self.app
            .database()
            .write_one(move |tx| report_jobs::deliver(tx, &scope, now))
            .await?;
        Ok(())
    }
}

fn complete(scope: ReportScope, report: Arc<UsageReport>) -> Answer {
    let key = body::key(&UsageKey::from(report.as_ref()));
    Answer::Complete {
        etag: etag(&scope, &key),
        body: ReportBody::fresh(scope, report),
    }
}

async fn current_key(app: &App, scope: ReportScope) -> Result<UsageKey, StoreError> {
    let store = app.store();
    store.usage_key(scope.organization, scope.range).await
}

/// Goes on with the reports that were being made when the application ended.
pub(crate) async fn finish_all(app: &App) -> Result<(), Error> {
    let unfinished = app.database().read(report_jobs::running).await?;
    for scope in unfinished {
        task::resume(app, scope);
    }
    Ok(())
}
