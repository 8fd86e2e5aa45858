//! The rules by which a read counts.

use exchequer_core::{Aliases, MeterSet};

/// The rules by which a read counts the events of an organisation.
#[derive(Debug, Clone, Copy)]
pub struct CountingRules<'a> {
    /// The meters.
    pub meters: &'a MeterSet,
    /// The names that are one resource.
    pub aliases: &'a Aliases,
}

impl<'a> CountingRules<'a> {
    /// Returns the rules of an organisation in which each name is a resource of its own.
    #[must_use]
    pub const fn without_aliases(meters: &'a MeterSet) -> Self {
        Self {
            meters,
            aliases: const { &Aliases::NONE },
        }
    }
}
