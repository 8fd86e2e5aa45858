//! Names of organisations, clients and meters.

use super::InvalidDocument;
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
    check_length(name, LONGEST_NAME)
}

/// Checks the name of a meter.
///
/// # Errors
/// As of [`check`].
pub fn check_meter(name: &str) -> Result<(), InvalidDocument> {
    check_length(name, LONGEST_METER)
}

fn check_length(name: &str, longest: usize) -> Result<(), InvalidDocument> {
    if is_readable(name) && name.len() <= longest {
        return Ok(());
    }
    let rule = format!("name must be 1 to {longest} bytes without control characters");
    Err(InvalidDocument::rule("name", rule))
}
