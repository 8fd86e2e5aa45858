//! Usage, reports and overviews. One file each, because each has logic of its own.

pub(crate) mod billableusage;
mod period;
pub(crate) mod periods;
mod range;
pub(crate) mod subscriptionoverview;
pub(crate) mod trusteebillingoverview;
pub(crate) mod usage_events;
pub(crate) mod usage_events_list;
pub(crate) mod usage_series;
pub(crate) mod usage_unbilled;

const USAGE_EVENTS: &str = "/api/v2/billing/usage/events";
