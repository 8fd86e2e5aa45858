//! The schedule: every operation is due at fixed times, whether or not the
//! server keeps up, and its time is counted from when it was due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use exchequer_support::Connection;
use exchequer_support::customers::{PARTNER, SECRET};
use tokio::task::JoinSet;

use crate::load::{Load, kind};
use crate::operation::Operation;
use crate::operations::perform;

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
            if load.is_ending() {
                return Ok(());
            }
            let rest = (due - load.record.now()).clamp(0.0, 0.25);
            tokio::time::sleep(Duration::from_secs_f64(rest)).await;
        }
        if load.is_ending() {
            return Ok(());
        }
        match perform(operation, &at, &load, number).await {
            Ok(()) => load.record.took(operation, due),
            // Usage that was not kept would make the totals differ at the end.
            Err(error) if operation == Operation::Ingest => return Err(error),
            Err(error) => load.record.failed(operation, &kind(&error)),
        }
    }
}
