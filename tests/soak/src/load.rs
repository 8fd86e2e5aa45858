//! The load: every operation is due at fixed times, whether or not the server
//! keeps up, and what it takes is counted from when it was due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use exchequer_core::{Day, OrganizationId};
use tokio::task::JoinSet;

use crate::calendar::{BATCH, Calendar};
use crate::operations::Operation;
use crate::record::Record;
use exchequer_support::Connection;
use exchequer_support::customers::{PARTNER, SECRET};
use exchequer_support::measure;

/// The state that all operations share.
pub(crate) struct Load {
    pub(crate) calendar: Calendar,
    pub(crate) ids: Vec<OrganizationId>,
    pub(crate) record: Record,
    /// Requests that were taken to be sent.
    taken: AtomicU64,
    ending: AtomicBool,
    today: Day,
}

impl Load {
    pub(crate) fn new(calendar: Calendar, taken: u64) -> Self {
        Self {
            calendar,
            ids: calendar.ids(),
            record: Record::start(),
            taken: AtomicU64::new(taken),
            ending: AtomicBool::new(false),
            today: measure::now().day(),
        }
    }

    /// Requests with numbers below this have been taken to be sent.
    pub(crate) fn sent(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Begins nothing more.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// The last month of the world that is over.
    pub(crate) fn month(&self) -> (i32, u32) {
        let days = self.calendar.report_days(self.sent());
        let (year, month, _) = days.end.ymd();
        match month {
            1 => (year - 1, 12),
            _ => (year, month - 1),
        }
    }

    /// How many months before ours that is.
    pub(crate) fn months_since(&self, year: i32, month: u32) -> i32 {
        let (now, this, _) = self.today.ymd();
        (now - year) * 12 + this as i32 - month as i32
    }

    /// Sends the next request, or an earlier one again, until it is kept.
    pub(crate) async fn ingest(&self, at: &Connection, again: Option<u64>) -> Result<()> {
        let number = match again {
            Some(number) => number,
            None => self.taken.fetch_add(1, Ordering::Relaxed),
        };
        let body = self.calendar.body(number, &self.ids).into_bytes();
        // Whoever sends usage tries until it is kept.
        for _ in 0..60 {
            match at.send(body.clone()).await {
                Ok(Some(answer)) => {
                    let count = |name: &str| answer[name].as_u64().expect("a count");
                    let (accepted, duplicates) = (count("accepted"), count("duplicates"));
                    if accepted + duplicates != Calendar::sent(number)
                        || (again.is_some() && accepted > 0)
                    {
                        bail!("{answer}");
                    }
                    self.record.kept(BATCH);
                    return Ok(());
                }
                Ok(None) => self.record.failed(Operation::Ingest, "429"),
                Err(error) => self.record.failed(Operation::Ingest, &kind(&error)),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("a request was not kept within a minute");
    }
}

/// The beginning of what an error says, without the path that was asked for:
/// the rest differs each time.
fn kind(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let what = match text.split_once(": ") {
        Some((path, what)) if path.starts_with('/') => what,
        _ => &text,
    };
    what.chars().take(80).collect()
}

/// Starts all operations; they end some time after `Load::end`.
pub(crate) async fn start(load: &Arc<Load>, operator: &Connection) -> Result<JoinSet<Result<()>>> {
    let mut workers = JoinSet::new();
    for operation in Operation::ALL {
        let next = Arc::new(AtomicU64::new(0));
        for _ in 0..operation.workers() {
            let at = match operation {
                Operation::LargeOverview | Operation::SmallOverview => {
                    operator
                        .another()?
                        .login_as(&PARTNER.to_string(), SECRET)
                        .await?
                }
                _ => operator.another()?,
            };
            workers.spawn(work(operation, at, Arc::clone(load), Arc::clone(&next)));
        }
    }
    Ok(workers)
}

async fn work(
    operation: Operation,
    at: Connection,
    load: Arc<Load>,
    next: Arc<AtomicU64>,
) -> Result<()> {
    let frequency = operation.frequency(load.calendar.rate);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due = (number + 1) as f64 / frequency;
        while load.record.now() < due {
            if load.ending.load(Ordering::Relaxed) {
                return Ok(());
            }
            let rest = (due - load.record.now()).clamp(0.0, 0.25);
            tokio::time::sleep(Duration::from_secs_f64(rest)).await;
        }
        if load.ending.load(Ordering::Relaxed) {
            return Ok(());
        }
        match operation.perform(&at, &load, number).await {
            Ok(()) => load.record.took(operation, due),
            // Usage that was not kept would make the totals differ at the end.
            Err(error) if operation == Operation::Ingest => return Err(error),
            Err(error) => load.record.failed(operation, &kind(&error)),
        }
    }
}
