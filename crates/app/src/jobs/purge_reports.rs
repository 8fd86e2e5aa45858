//! Forgetting finished reports.

use exchequer_core::Instant;
use exchequer_store::report_jobs;

use super::failure::Failure;
use crate::app::App;
use crate::error::Error;
use crate::limits::{KEPT_AFTER_DELIVERY, KEPT_WITHOUT_DELIVERY};

/// Forgets reports some time after they were fetched, and later if they never
/// were.
#[derive(Debug, Clone, Copy)]
pub struct PurgeReports;

impl PurgeReports {
    /// Runs the job.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn run(self, app: &App) -> Result<(), Failure> {
        let now = app.now().micros();
        let fetched = Instant::from_micros(now - KEPT_AFTER_DELIVERY);
        let finished = Instant::from_micros(now - KEPT_WITHOUT_DELIVERY);
        let purge = app
            .database()
            .write_one(move |tx| report_jobs::purge(tx, fetched, finished));
        purge.await.map_err(Error::from)?;
        Ok(())
    }
}
