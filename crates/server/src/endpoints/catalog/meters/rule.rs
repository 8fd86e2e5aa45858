//! The rule of a meter on the wire.

use exchequer_core::{Aggregation, ExcessDecimals, MeterVersion, Spelling};
use exchequer_types::MeterRule;

pub(super) fn to_wire(version: &MeterVersion) -> MeterRule {
    let peak = version.aggregation == Aggregation::Peak;
    MeterRule {
        event_type: version.event_type.clone(),
        aggregation: version.aggregation.to_string(),
        quantity: version.quantity.clone(),
        round_up_each: version.round_up_each.map(|step| step.to_string()),
        peak_minutes: peak.then_some(version.peak_minutes),
        family: version.family.as_ref().map(|family| family.name.clone()),
        rank: version.family.as_ref().map(|family| family.rank),
        shown_as: version.shown_as.clone(),
        // What it is unless said depends on other meters, so it is always shown.
        unreadable: version
            .aggregation
            .reads_quantity()
            .then(|| version.unreadable.as_str().to_owned()),
        excess_decimals: (version.excess_decimals != ExcessDecimals::Reject)
            .then(|| version.excess_decimals.as_str().to_owned()),
        resources: (version.resources != Spelling::Exact)
            .then(|| version.resources.as_str().to_owned()),
    }
}
