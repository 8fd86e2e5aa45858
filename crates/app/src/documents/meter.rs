//! Meters as documents: how a meter counts, and from which day on.

use exchequer_core::{Aggregation, Day, ExcessDecimals, Family, Quantity, Spelling, Unreadable};
use exchequer_store::catalog::meters::MeterDefinition;
use exchequer_types::{MeterRule, dates};

use super::{InvalidDocument, name};
use crate::error::Fault;

const DEFAULT_PEAK_MINUTES: u32 = 30;
const UNREADABLE: &str = "reject, skip, zero";
const EXCESS_DECIMALS: &str = "reject, cut, round";
const RESOURCES: &str = "exact, folded";
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
    let unreadable = word("unreadable", rule.unreadable, Unreadable::named, UNREADABLE)?;
    let excess_decimals = word(
        "excessDecimals",
        rule.excess_decimals,
        ExcessDecimals::named,
        EXCESS_DECIMALS,
    )?;
    if !aggregation.reads_quantity() {
        let settings = [
            ("unreadable", unreadable.is_some()),
            ("excessDecimals", excess_decimals.is_some()),
        ];
        if let Some((field, _)) = settings.into_iter().find(|(_, set)| *set) {
            let why = format!("{field} does not go with aggregation {aggregation}");
            return Err(InvalidDocument::rule(field, why));
        }
    }
    let rule = MeterDefinition {
        event_type: rule.event_type,
        aggregation,
        quantity: rule.quantity,
        round_up_each,
        peak_minutes: rule.peak_minutes.unwrap_or(DEFAULT_PEAK_MINUTES),
        family,
        shown_as: rule.shown_as,
        unreadable,
        excess_decimals: excess_decimals.unwrap_or_default(),
        resources: word("resources", rule.resources, Spelling::named, RESOURCES)?
            .unwrap_or_default(),
    };
    // Number, day and revision of a version have no part in whether it is sound.
    rule.clone()
        .version(1, Day::from_number(0), 0)
        .validate()
        .map_err(|error| InvalidDocument::rule("meter", error))?;
    Ok(rule)
}

/// Reads a setting that is one of a few words, if it is there.
fn word<T>(
    field: &'static str,
    value: Option<String>,
    named: impl Fn(&str) -> Option<T>,
    allowed: &'static str,
) -> Result<Option<T>, InvalidDocument> {
    let Some(value) = value else { return Ok(None) };
    match named(&value) {
        Some(word) => Ok(Some(word)),
        None => Err(InvalidDocument {
            field,
            why: Fault::Value { value, allowed },
        }),
    }
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
