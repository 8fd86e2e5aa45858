//! Failures of jobs: those that pass and those that do not.

use crate::error::Error;

/// A failure of a job.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It passes by itself: the job is to be run again.
    #[error("to be tried again")]
    Retry(#[source] Error),
    /// It does not: somebody has to find out why first.
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
