//! Closing the billing periods that are over.

use super::failure::Failure;
use crate::app::App;
use crate::closing;

/// Closes what is due of all contracts, and charges what is bought in advance. What one node
/// has closed, another finds closed.
#[derive(Debug, Clone, Copy)]
pub struct ClosePeriods {
    /// The node that runs the job.
    pub node: [u8; 16],
}

impl ClosePeriods {
    /// Runs the job.
    ///
    /// # Errors
    /// If the database fails. A contract that cannot be closed says why in the queue.
    pub async fn run(self, app: &App) -> Result<(), Failure> {
        closing::close_due(app, self.node).await?;
        Ok(())
    }
}
