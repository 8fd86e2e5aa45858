//! Random worlds: the parts that a world within the ledger and a world over
//! HTTP have in common.
//!
//! A world is made as plain data ([`plan`]) by strategies ([`generate`]), so
//! that a failing one shrinks to few steps. [`History`] turns the plans of
//! events, instants and ranges into real ones. The steps and the `data` that
//! are special to a world stay with it.

pub mod generate;
mod history;
pub mod plan;

pub use history::{History, Words, month};
