//! The meters of the generated world, read as the store reads them.

use anyhow::Result;
use exchequer_core::{MeterVersion, Reading};
use exchequer_ledger::top_level_field;

use crate::input::Event;
use crate::kinds::{KINDS, Kind};

/// Reads the quantities of events as the meters do.
pub(crate) struct Meters(Vec<MeterVersion>);

impl Meters {
    pub(crate) fn new() -> Self {
        Self(KINDS.iter().map(Kind::version).collect())
    }

    pub(crate) fn read(&self, event: &Event<'_>) -> Result<Reading> {
        let version = &self.0[usize::from(event.kind)];
        let raw = version
            .field()
            .and_then(|field| top_level_field(event.data, field));
        Ok(version.read(raw)?)
    }

    /// Returns the quantity as the column of a rollup takes it: millionths, or
    /// microseconds.
    pub(crate) fn amount(&self, event: &Event<'_>) -> Result<i64> {
        Ok(match self.read(event)? {
            Reading::Point(quantity) => (quantity.scaled() / 1_000) as i64,
            Reading::Session { micros } => micros as i64,
        })
    }
}
