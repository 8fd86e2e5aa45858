//! Storage of Exchequer: the usage ledger, the catalog, jobs and audit.
//!
//! The only place with SQL. It loads what the pure crates compute on and
//! stores what they return; one thread commits, one folds, readers have
//! snapshots of their own. In a data directory they are the only ones; any
//! number of nodes share a database of PostgreSQL.

mod actor;
mod alias_cache;
mod apply;
pub mod audit;
pub mod billing;
pub mod catalog;
pub mod changes;
mod database;
mod engine;
mod error;
mod fault;
mod fold_signal;
mod folder;
mod limits;
mod location;
mod locks;
mod meters;
mod migrate;
mod migrations;
mod postgres;
mod prefetch;
pub mod rate_limit;
pub mod report_jobs;
mod rows;
pub mod secrets;
mod settings;
mod shared;
mod shared_tail;
mod sql;
mod sqlite;
mod store;
#[cfg(test)]
mod test_database;
#[cfg(test)]
mod tests;
pub mod tokens;
mod verify;
mod writer;

pub use database::Database;
pub use error::{Cause, StoreError, chain};
pub use exchequer_ledger::{Checked, Finding, Observer};
pub use limits::EVER;
pub use location::{Location, PostgresConfig};
pub use migrate::{Digest, Migrated, migrate};
pub use sql::{Snapshot, Transaction};
pub use store::{
    AsOf, EventQuery, Inspection, Prepared, RecentEvents, Statistics, Store, StoredEvents, Touched,
    UsageKey, UsageView,
};
pub use verify::verify;
pub use writer::Admission;
