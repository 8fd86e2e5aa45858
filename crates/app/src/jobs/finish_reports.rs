//! Going on with the reports that a restart interrupted.

use super::failure::Failure;
use crate::app::App;
use crate::reports;

/// Starts the tasks of all reports that the database says are being made.
/// A report that another node finishes first stays as that node made it.
#[derive(Debug, Clone, Copy)]
pub struct FinishReports;

impl FinishReports {
    /// Runs the job.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn run(self, app: &App) -> Result<(), Failure> {
        Ok(reports::finish_all(app).await?)
    }
}
