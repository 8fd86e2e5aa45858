//! Usage in, reports out.

pub(crate) mod billableusage;
pub(crate) mod usage_events;
