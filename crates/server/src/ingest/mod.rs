//! The door of usage events: from the bytes of a request body to a batch that
//! the ledger can take, and a clear refusal for each event that it cannot.
//!
//! Nothing here does I/O or reads a clock: what is known of the world comes in
//! as a [`Door`], so that the same body at the same door always yields the same
//! answer.
//!
//! An event that cannot be taken never sinks its neighbours. It is answered as
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
//! | `not.supported` | uses `data_base64` |
//!
//! An attribute that is `null` counts as absent, as in CloudEvents. Attributes
//! that mean nothing here (extensions, `datacontenttype`, `dataschema`) are
//! ignored once they are well-formed JSON.

mod body;
mod canonical;
mod door;
mod event;
mod intake;
mod number;
mod text;
mod time;

#[cfg(test)]
mod tests;

use exchequer_ledger::RequestBuilder;

pub use door::Door;

/// The most events one request may hold.
pub const MAX_EVENTS: u32 = 10_000;

/// The largest body, after decompression, in bytes.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// How the events of a body are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON value: an event, or an array of events.
    Json,
    /// One event on each line; blank lines are skipped and have no index.
    Ndjson,
}

/// Why one event was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The event's position in the request, from 0.
    pub index: u32,
    /// The event's `id`, where it has a readable one.
    pub id: Option<String>,
    /// One of the codes listed in the [module documentation](self).
    pub code: &'static str,
    /// What is wrong, naming the field and the limit.
    pub message: String,
}

/// Where the `id` of each pushed event stands in the body. Only conflicts need
/// it, and they are rare.
#[derive(Debug, Default)]
pub struct Ids(Vec<(u32, u32)>);

impl Ids {
    /// The id of the event that was pushed at this position, read again from the
    /// body that it was parsed from.
    #[must_use]
    pub fn get(&self, pushed: usize, body: &[u8]) -> String {
        self.0
            .get(pushed)
            .and_then(|(offset, length)| {
                let start = *offset as usize;
                body.get(start..start + *length as usize)
            })
            .and_then(|raw| serde_json::from_slice(raw).ok())
            .unwrap_or_default()
    }
}

/// What a body held.
#[derive(Default)]
pub struct Parsed {
    /// How many events the request had, taken or not.
    pub events: u32,
    /// The events taken, in request order.
    pub builder: RequestBuilder,
    /// The position in the request of each pushed event, in push order.
    pub indices: Vec<u32>,
    /// Whether no meter listens to the event's type on its day, in push order.
    pub unmetered: Vec<bool>,
    /// The id of each pushed event.
    pub ids: Ids,
    /// The events that were not taken, in request order.
    pub rejected: Vec<Rejection>,
}

/// Why a whole body was refused; nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body is not JSON.
    #[error("The body is not valid JSON: {message}.")]
    Syntax {
        /// What is wrong, with line and column.
        message: String,
    },
    /// The body is JSON, but neither an object nor an array.
    #[error("The body must be one event (an object) or an array of events.")]
    NotEvents,
    /// The JSON body is not UTF-8.
    #[error("The body is not valid UTF-8: bad byte at offset {offset}.")]
    NotUtf8 {
        /// Where the first bad byte is.
        offset: usize,
    },
    /// The body holds more events than one request may.
    #[error("The body holds more than {limit} events.")]
    TooManyEvents {
        /// [`MAX_EVENTS`].
        limit: u32,
    },
    /// The body is larger than one request may be.
    #[error("The body is larger than {limit} bytes.")]
    TooLarge {
        /// [`MAX_BODY`].
        limit: usize,
    },
}

impl BodyError {
    /// The HTTP status that the refusal deserves: 400 or 413.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Syntax { .. } | Self::NotEvents | Self::NotUtf8 { .. } => 400,
            Self::TooManyEvents { .. } | Self::TooLarge { .. } => 413,
        }
    }
}

/// Reads a body at a door.
///
/// # Errors
/// When the body as a whole cannot be read: see [`BodyError`]. A bad event
/// inside a readable body is no error, but a [`Rejection`].
pub fn parse(body: &[u8], format: Format, door: &Door<'_>) -> Result<Parsed, BodyError> {
    if body.len() > MAX_BODY {
        return Err(BodyError::TooLarge { limit: MAX_BODY });
    }
    let mut intake = intake::Intake::new(body, door);
    match format {
        Format::Json => body::read_json(body, &mut intake)?,
        Format::Ndjson => body::read_ndjson(body, &mut intake)?,
    }
    Ok(intake.finish())
}

/// What an event keeps of `data`, or why it is refused.
pub(crate) fn canonical_data(json: &str) -> Result<String, String> {
    let mut data = String::new();
    canonical::Canonicalizer::default()
        .write(json, door::DATA, &mut data)
        .map_err(|flaw| door::Refusal::data(flaw).message)?;
    Ok(data)
}

/// Reads an event's `time`, in microseconds since 1970.
pub(crate) fn event_time(text: &str) -> Option<i64> {
    time::read(text).map(exchequer_core::Instant::micros)
}
