//! Usage in, reports and overviews out.

pub(crate) mod billableusage;
mod period;
pub(crate) mod periods;
pub(crate) mod subscriptionoverview;
pub(crate) mod trusteebillingoverview;
pub(crate) mod usage_events;
