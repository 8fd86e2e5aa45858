//! Forgetting counters of requests.

use super::failure::Failure;
use crate::app::App;
use crate::error::Error;

/// Forgets the windows of requests that are over.
#[derive(Debug, Clone, Copy)]
pub struct PurgeRateLimits;

impl PurgeRateLimits {
    /// Runs the job.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn run(self, app: &App) -> Result<(), Failure> {
        let purge = app.store().purge_rate_limits(app.now());
        purge.await.map_err(Error::from)?;
        Ok(())
    }
}
