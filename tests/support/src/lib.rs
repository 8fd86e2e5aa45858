//! The support code of all tests.
//!
//! [`Place`], [`Database`] and [`Cluster`] are where ledgers of tests live;
//! each test has one of its own. A suite keeps its ledgers in directories, or
//! in databases if `EXCHEQUER_TEST_STORE` is `postgres`; so it runs once on
//! each. `EXCHEQUER_TEST_POSTGRES` names a server on which databases may be
//! made, in place of the usual one. Without any, tests of PostgreSQL are
//! skipped, but not where `CI` is set.
//!
//! Features add the rest, so that the tests of a lower crate do not depend on
//! the higher ones: `reference`, the generators of random worlds and their brute-force count;
//! `program`, the real program as a process; `world`, a server within the test.

#[cfg(feature = "world")]
mod answer;
#[cfg(feature = "world")]
mod clock;
mod cluster;
#[cfg(feature = "program")]
pub mod connection;
#[cfg(feature = "program")]
pub mod customers;
mod database;
#[cfg(feature = "program")]
pub mod measure;
mod place;
#[cfg(feature = "program")]
pub mod platform;
#[cfg(feature = "program")]
pub mod program;
mod random;
#[cfg(feature = "reference")]
pub mod random_world;
#[cfg(feature = "reference")]
pub mod reference;
#[cfg(feature = "program")]
pub mod requests;
#[cfg(feature = "world")]
pub mod stage;
#[cfg(feature = "world")]
pub mod world;

#[cfg(feature = "world")]
pub use answer::Answer;
#[cfg(feature = "world")]
pub use clock::Clock;
pub use cluster::Cluster;
#[cfg(feature = "program")]
pub use connection::Connection;
pub use database::Database;
pub use place::Place;
#[cfg(feature = "program")]
pub use program::{Ledger, Program, Server};
pub use random::{Random, mix};
#[cfg(feature = "world")]
pub use world::World;
