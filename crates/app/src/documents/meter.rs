//! Meters as documents: how a meter counts, and from which day on.

use exchequer_core::{Aggregation, Day, Family, Quantity};
use exchequer_store::catalog::meters::MeterDefinition;
use exchequer_types::{MeterRule, dates};

use super::{InvalidDocument, name};
use crate::error::Fault;

const DEFAULT_PEAK_MINUTES: u32 = 30;
const AGGREGATIONS: &str = "unique, sum, count, max, hours, peak";

/// Reads and checks the definition of a meter on its own.
///
/// # Errors
/// If a field breaks a rule; the error names both.
pub fn parse(rule: MeterRule) -> Result<MeterDefinition, InvalidDocument> {
    let aggregation: Aggregation =
        rule.aggregation
            .parse()
            .map_err(|_unknown| InvalidDocument {
                field: "aggregation",
                why: Fault::Value {
                    value: rule.aggregation.clone(),
                    allowed: AGGREGATIONS,
                },
            })?;
    let round_up_each = match &rule.round_up_each {
        None => None,
        Some(text) => Some(Quantity::parse(text).map_err(|error| {
            InvalidDocument::rule("roundUpEach", format!("roundUpEach {error}"))
        })?),
    };
    let family = match (rule.family, rule.rank) {
        (None, None) => None,
        (Some(name), Some(rank)) => Some(Family { name, rank }),
        _ => {
            let rule = "family and rank go together";
            return Err(InvalidDocument::rule("rank", rule));
        }
    };
    if let Some(name) = &rule.shown_as {
        name::check_shown(name)?;
    }
    let rule = MeterDefinition {
        event_type: rule.event_type,
        aggregation,
        quantity: rule.quantity,
        round_up_each,
        peak_minutes: rule.peak_minutes.unwrap_or(DEFAULT_PEAK_MINUTES),
        family,
        shown_as: rule.shown_as,
    };
    // Number, day and revision of a version have no part in whether it is sound.
    rule.clone()
        .version(1, Day::from_number(0), 0)
        .validate()
        .map_err(|error| InvalidDocument::rule("meter", error))?;
    Ok(rule)
}

/// Reads the day from which a version counts: one that events can have.
///
/// # Errors
/// If the text is no day, or one earlier than any event.
pub fn parse_effective(text: &str) -> Result<Day, InvalidDocument> {
    let day = dates::parse_day(text).map(Day::from_number);
    match (day, Day::from_ymd(2000, 1, 1)) {
        (Ok(day), Some(first)) if day >= first => Ok(day),
        _ => {
            let rule = "effective must be a day from 2000-01-01 on";
            Err(InvalidDocument::rule("effective", rule))
        }
    }
}
