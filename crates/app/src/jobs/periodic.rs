//! Running the jobs that are due every so often.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::close_periods::ClosePeriods;
use super::failure::Failure;
use super::purge_rate_limits::PurgeRateLimits;
use super::purge_reports::PurgeReports;
use crate::app::App;
use crate::limits::PURGE_INTERVAL;

/// Starts running them; it ends with the application.
pub fn start(app: &App) {
    app.spawn(purge(app.clone()));
    if let Some(every) = app.settings().closing_interval {
        app.spawn(close(app.clone(), every));
    }
}

async fn close(app: App, every: Duration) {
    let node = *app.ambient().id().as_bytes();
    let mut rounds = interval(every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        settle("close_periods", ClosePeriods { node }.run(&app).await);
    }
}

async fn purge(app: App) {
    let mut rounds = interval(PURGE_INTERVAL);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        settle("purge_reports", PurgeReports.run(&app).await);
        settle("purge_rate_limits", PurgeRateLimits.run(&app).await);
    }
}

/// Logs a failure. The next round runs the job again in any case, so nothing
/// else depends on whether that is worth it.
fn settle(job: &'static str, result: Result<(), Failure>) {
    match result {
        Ok(()) => {}
        Err(Failure::Retry(error)) => {
            tracing::warn!(job, error = error.chain(), "a job failed for now");
        }
        Err(Failure::GiveUp(error)) => tracing::error!(job, error = error.chain(), "a job failed"),
    }
}
