//! Rows that are read before they are asked for.
//!
//! The functions of the ledger ask for rows one by one, as suits SQLite, where
//! a question costs microseconds. On PostgreSQL each is a round trip. So the
//! rows that a report or a fold is going to ask for are read in one statement
//! or a few, and handed out from memory. Both prefetchers are
//! [`Rows`](exchequer_ledger::Rows) with the store as the fallback: a row that
//! was not foreseen is read when it is asked for.

mod fold;
mod report;

pub(crate) use fold::FoldRows;
pub(crate) use report::{Fallback, Memory, Missed, ReportPrefetch, ReportQuery, ReportRows};
