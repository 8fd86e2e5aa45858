//! Meters: the events that count, and the figure of a report that they make.
//!
//! A new kind of meter begins with a variant of [`Aggregation`].

mod definition;
mod error;
mod reading;
mod set;
mod settings;

#[cfg(test)]
mod tests;

pub use definition::{
    Aggregation, DEFAULT_PEAK_MINUTES, DEFAULT_SECONDS_FIELD, Family, MAX_NAME_BYTES,
    MAX_PEAK_MINUTES, Meter, MeterVersion,
};
pub use error::MeterError;
pub use reading::{MAX_SESSION_SECONDS, ReadError, Reading};
pub use set::MeterSet;
pub use settings::{Spelling, Unreadable};
