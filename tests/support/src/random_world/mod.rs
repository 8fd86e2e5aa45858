//! Random worlds: the parts that a world within the ledger and a world over
//! HTTP have in common.
//!
//! A world is made as plain data ([`plan`]) by strategies ([`generate`]), so
//! that a failing one shrinks to few steps. [`History`] turns the plans of
//! events, instants and ranges into real ones. What is special to a world, its
//! steps and its `data`, stays with it.

pub mod generate;
mod history;
pub mod plan;

pub use history::{History, Words, month};
