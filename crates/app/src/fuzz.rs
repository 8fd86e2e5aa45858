//! Entry points for the fuzzer and nobody else: parsers that are private.

use crate::ingest;

/// Returns the canonical form of the `data` of an event, or why there is none.
///
/// # Errors
/// The text has no canonical form within the limits.
pub fn canonical(json: &str) -> Result<String, String> {
    ingest::canonical_data(json)
}

/// Returns the time of an event, in microseconds since 1970.
#[must_use]
pub fn time(text: &str) -> Option<i64> {
    ingest::event_time(text)
}
