//! How a meter counts: on the wire and in the domain.

use exchequer_core::{Aggregation, Day, Family, MeterVersion, Quantity};
use exchequer_store::catalog::meters::Rule;
use exchequer_types::MeterRule;

use crate::error::ApiError;

const DEFAULT_PEAK_MINUTES: u32 = 30;
const AGGREGATIONS: &str = "unique, sum, count, max, hours, peak";

pub(super) fn show(version: &MeterVersion) -> MeterRule {
    let peak = version.aggregation == Aggregation::Peak;
    MeterRule {
        event_type: version.event_type.clone(),
        aggregation: version.aggregation.to_string(),
        quantity: version.quantity.clone(),
        round_up_each: version.round_up_each.map(|step| step.to_string()),
        peak_minutes: peak.then_some(version.peak_minutes),
        family: version.family.as_ref().map(|family| family.name.clone()),
        rank: version.family.as_ref().map(|family| family.rank),
    }
}

/// Reads and checks a rule on its own; how it gets on with others is up to the
/// catalog.
pub(crate) fn read(rule: MeterRule) -> Result<Rule, ApiError> {
    let aggregation: Aggregation = rule
        .aggregation
        .parse()
        .map_err(|_| ApiError::invalid_value(&rule.aggregation, "aggregation", AGGREGATIONS))?;
    let round_up_each = match &rule.round_up_each {
        None => None,
        Some(text) => Some(Quantity::parse(text).map_err(|error| {
            ApiError::constraint("roundUpEach", format!("roundUpEach {error}"))
        })?),
    };
    let family = match (rule.family, rule.rank) {
        (None, None) => None,
        (Some(name), Some(rank)) => Some(Family { name, rank }),
        _ => return Err(ApiError::constraint("rank", "family and rank go together")),
    };
    let rule = Rule {
        event_type: rule.event_type,
        aggregation,
        quantity: rule.quantity,
        round_up_each,
        peak_minutes: rule.peak_minutes.unwrap_or(DEFAULT_PEAK_MINUTES),
        family,
    };
    rule.clone()
        .version(1, Day::from_number(0), 0)
        .validate()
        .map_err(|error| ApiError::constraint("meter", error.to_string()))?;
    Ok(rule)
}
