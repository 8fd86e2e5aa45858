//! SQLite storage of Exchequer: the usage ledger, the catalogue, jobs and audit.
//!
//! The only place with SQL. It loads what the pure crates compute on and
//! stores what they return; one thread writes, one folds, readers have
//! snapshots of their own.

mod apply;
pub mod catalogue;
mod database;
mod error;
mod folder;
pub mod jobs;
mod meters;
mod queue;
mod rows;
mod store;
mod writer;

pub use database::Database;
pub use error::StoreError;
pub use store::{PeriodUsage, Statistics, Store, UsageKey};
