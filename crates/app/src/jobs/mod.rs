//! Work that nobody waits for: one file a job.
//!
//! A job is a small struct with `run`. It may run twice, or on two nodes at
//! once, and leaves the same; a [`Failure`] says whether it is worth running
//! again.

mod close_periods;
mod failure;
mod finish_reports;
mod periodic;
mod purge_rate_limits;
mod purge_reports;

pub use close_periods::ClosePeriods;
pub use failure::Failure;
pub use finish_reports::FinishReports;
pub use periodic::start;
pub use purge_rate_limits::PurgeRateLimits;
pub use purge_reports::PurgeReports;
