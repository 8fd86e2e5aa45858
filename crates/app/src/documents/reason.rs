//! Reasons that people give.

use crate::error::Error;

/// The most bytes of a reason.
const LONGEST: usize = 512;

/// Checks a reason.
///
/// # Errors
/// [`Error::Invalid`] if it is empty, too long, or holds control characters.
pub(crate) fn check(reason: &str) -> Result<(), Error> {
    let fits = !reason.trim().is_empty() && reason.len() <= LONGEST;
    if fits && !reason.chars().any(char::is_control) {
        return Ok(());
    }
    let rule = format!("reason must be 1 to {LONGEST} bytes without control characters");
    Err(Error::rule("reason", rule))
}
