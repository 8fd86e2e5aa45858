//! Instants, calendar days and half-open ranges, all in UTC.
//!
//! Every range inside Exchequer is half-open `[start, end)`: an instant on a
//! boundary belongs to exactly one of two neighbouring ranges. Turning an end
//! into a "last instant" is the business of the wire types.

mod day;
mod instant;
mod range;

#[cfg(test)]
mod tests;

pub use day::{Day, InvalidDay};
pub use instant::Instant;
pub use range::TimeRange;

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;

/// Microseconds in a UTC day; Unix time knows no leap seconds.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
