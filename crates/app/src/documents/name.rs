//! Names of organisations, clients and meters.

use exchequer_core::{Day, Instant};
use exchequer_store::catalog::history::day_of_change;

use super::{InvalidDocument, meter};
use crate::limits::{LONGEST_METER, LONGEST_NAME};

/// Returns true for a text that is more than blanks and free of control
/// characters.
pub(super) fn is_readable(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Checks the name of an organisation or client.
///
/// # Errors
/// If the name is empty, too long, or has control characters.
pub fn check(name: &str) -> Result<(), InvalidDocument> {
    check_length("name", name, LONGEST_NAME)
}

/// Checks the name of a meter.
///
/// # Errors
/// As of [`check`].
pub fn check_meter(name: &str) -> Result<(), InvalidDocument> {
    check_length("name", name, LONGEST_METER)
}

/// Checks the name of a meter in reports.
pub(super) fn check_shown(name: &str) -> Result<(), InvalidDocument> {
    check_length("shownAs", name, LONGEST_METER)
}

fn check_length(field: &'static str, name: &str, longest: usize) -> Result<(), InvalidDocument> {
    if is_readable(name) && name.len() <= longest {
        return Ok(());
    }
    let rule = format!("{field} must be 1 to {longest} bytes without control characters");
    Err(InvalidDocument::rule(field, rule))
}

/// Reads the day from which something is called so: not one to come, because its words in
/// the catalog are those of today.
///
/// # Errors
/// If the text is no day, one before all events, or one that has begun nowhere yet.
pub fn parse_effective(text: &str, now: Instant) -> Result<Day, InvalidDocument> {
    let day = meter::parse_effective(text)?;
    if day > day_of_change(now) {
        let rule = "effective must not be later than today";
        return Err(InvalidDocument::rule("effective", rule));
    }
    Ok(day)
}
