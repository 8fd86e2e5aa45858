//! Failures of jobs: those that pass and those that do not.

use crate::error::Error;

/// A failure of a job.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A failure that passes by itself: the job is to be run again.
    #[error("to be tried again")]
    Retry(#[source] Error),
    /// A failure that stays until somebody has found out why.
    #[error("not to be tried again")]
    GiveUp(#[source] Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if error.is_passing() {
            Self::Retry(error)
        } else {
            Self::GiveUp(error)
        }
    }
}
