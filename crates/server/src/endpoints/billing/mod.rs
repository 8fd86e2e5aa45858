//! Usage, reports and overviews. One file each, because each has logic of its own.

pub(crate) mod billableusage;
pub(crate) mod changes;
pub(crate) mod closings;
pub(crate) mod contract;
pub(crate) mod contract_corrections;
pub(crate) mod contract_entries;
pub(crate) mod contract_period;
pub(crate) mod contracts;
mod period;
pub(crate) mod periods;
mod range;
pub(crate) mod subscriptionoverview;
pub(crate) mod trusteebillingoverview;
pub(crate) mod usage_events;
pub(crate) mod usage_events_list;
pub(crate) mod usage_explanation;
pub(crate) mod usage_series;
pub(crate) mod usage_unbilled;

const CONTRACTS: &str = "/api/v2/billing/contracts";
const USAGE_EVENTS: &str = "/api/v2/billing/usage/events";
