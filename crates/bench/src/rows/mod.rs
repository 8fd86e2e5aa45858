//! The rival: one row per event, as most would build it.
//!
//! It does less than the store: sessions are added up instead of merged.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use exchequer_core::Reading;

/// Returns the quantity as the column of the rollup takes it: millionths, or
/// microseconds.
fn amount(reading: Reading) -> i64 {
    match reading {
        Reading::Point(quantity) => (quantity.scaled() / 1_000) as i64,
        Reading::Session { micros } => micros as i64,
    }
}
