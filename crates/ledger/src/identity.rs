//! The identity of an event, and the decision whether a ledger has it already.

pub(crate) mod admission;
pub(crate) mod days;
pub(crate) mod filter;
pub(crate) mod index;
pub(crate) mod key;
pub(crate) mod run;
pub(crate) mod targets;
