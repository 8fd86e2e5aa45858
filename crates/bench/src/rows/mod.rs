//! The rival: one row per event, as most would build it.
//!
//! It does less than the store: sessions are added up instead of merged.

pub(crate) mod postgres;
pub(crate) mod sqlite;
