//! Validation of usage events: from the bytes of a request body to a batch that
//! the ledger can take, and a clear refusal for each event that it cannot.
//!
//! Nothing here does I/O or reads a clock: what is known of the world comes in
//! as an [`IngestContext`], so that the same body in the same context always
//! yields the same answer.
//!
//! An event that cannot be kept does not affect the others. It is answered as
//! one [`Rejection`], whose message names the field and the limit, and whose
//! code is one of these:
//!
//! | code | the event |
//! | --- | --- |
//! | `bad.request` | an NDJSON line that is not JSON |
//! | `invalid.property` | lacks a required attribute, or holds one name twice |
//! | `invalid.value` | has a value of the wrong type or form, or a quantity that a meter of its type cannot read |
//! | `constraint.validation` | exceeds a limit on length, depth, size or characters |
//! | `invalid.date` | has a time that cannot be read or lies outside the bounds |
//! | `not.found` | names an organization that does not exist, or is not the caller's to name |
//! | `not.authorized` | has a source that the client may not send under |
//! | `missing.any.permissions` | takes a permission that the client lacks, such as that to void |
//!
//! An attribute that is `null` counts as absent, as in CloudEvents. Attributes
//! that mean nothing here (extensions, `datacontenttype`, `dataschema`) are
//! ignored once they are well-formed JSON.

mod body;
mod canonical;
mod context;
mod event;
mod number;
mod parsed;
mod refusal;
mod sender;
mod text;
mod time;
mod validator;
mod values;

#[cfg(test)]
mod tests;

use crate::limits::MAX_BODY;
use validator::Validator;

pub use context::IngestContext;
pub use parsed::{BodyError, Ids, Parsed, Rejection};
pub use sender::Sender;

/// The layout of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON value: an event, or an array of events.
    Json,
    /// One event on each line; blank lines are skipped and have no index.
    Ndjson,
}

/// The mark that some programs put before UTF-8; it is no part of the text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Parses and validates a body of events.
///
/// # Errors
/// When the body as a whole cannot be read: see [`BodyError`]. A bad event
/// inside a readable body is no error, but a [`Rejection`].
pub fn parse(
    body: &[u8],
    format: Format,
    context: &IngestContext<'_>,
) -> Result<Parsed, BodyError> {
    if body.len() > MAX_BODY {
        return Err(BodyError::TooLarge { limit: MAX_BODY });
    }
    let mut validator = Validator::new(body, context);
    let text = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    match format {
        Format::Json => body::read_json(text, &mut validator)?,
        Format::Ndjson => body::read_ndjson(text, &mut validator)?,
    }
    Ok(validator.finish())
}

/// Returns what an event keeps of `data`, or why it is refused.
pub(crate) fn canonical_data(json: &str) -> Result<String, String> {
    let mut data = String::new();
    canonical::Canonicalizer::default()
        .write(json, canonical::DATA, &mut data)
        .map_err(|flaw| refusal::Refusal::data(flaw).message)?;
    Ok(data)
}

/// Parses an event's `time`, in microseconds since 1970.
pub(crate) fn event_time(text: &str) -> Option<i64> {
    time::parse(text).map(exchequer_core::Instant::micros)
}
