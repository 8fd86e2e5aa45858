//! The outcome of parsing a body of events.

use exchequer_ledger::RequestBuilder;

/// The refusal of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The event's position in the request, from 0.
    pub index: u32,
    /// The event's `id`, where it has a readable one.
    pub id: Option<String>,
    /// The attribute at fault, where it is one.
    pub field: Option<&'static str>,
    /// One of the codes listed in the documentation of [this module](crate::ingest).
    pub code: &'static str,
    /// The message, which names the field and the limit.
    pub message: String,
}

/// The place of the `id` of each pushed event in the body. Only conflicts need
/// it, and they are rare.
#[derive(Debug, Default)]
pub struct Ids(Vec<(u32, u32)>);

impl Ids {
    /// Adds an id by its offset and length in the body.
    pub(super) fn push(&mut self, place: (u32, u32)) {
        self.0.push(place);
    }

    /// Returns the id of the event that was pushed at this position, read again
    /// from the body that it was parsed from.
    ///
    /// # Panics
    /// If there is no such event, or this is not its body.
    #[must_use]
    pub fn get(&self, pushed: usize, body: &[u8]) -> String {
        self.0
            .get(pushed)
            .and_then(|(offset, length)| {
                let start = *offset as usize;
                body.get(start..start + *length as usize)
            })
            .and_then(|raw| serde_json::from_slice(raw).ok())
            .expect("an event was pushed with its id, out of this body")
    }
}

/// The content of a body.
#[derive(Default)]
pub struct Parsed {
    /// The number of events in the request, taken or not.
    pub events: u32,
    /// True if the body is one event and no list of events.
    pub alone: bool,
    /// The events taken, in request order.
    pub builder: RequestBuilder,
    /// The position in the request of each pushed event, in push order.
    pub indices: Vec<u32>,
    /// True for each event to which no meter listens on its day, in push order.
    pub unmetered: Vec<bool>,
    /// True for each event that a meter cannot read and leaves out, in push order.
    pub skipped: Vec<bool>,
    /// The id of each pushed event.
    pub ids: Ids,
    /// The events that were not taken, in request order.
    pub rejected: Vec<Rejection>,
    /// Those of the rejected events that a meter cannot read, to be compared with what
    /// is kept: one that is kept already is a repeat, whatever the meters say today.
    pub compared: RequestBuilder,
    /// The place among the rejected of each event to compare.
    pub compared_places: Vec<usize>,
}

/// The refusal of a whole body, of which nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body is not JSON.
    #[error("The body is not valid JSON: {message}.")]
    Syntax {
        /// The message of the parser, with line and column.
        message: String,
    },
    /// The body is JSON, but neither an object nor an array.
    #[error("The body must be one event (an object) or an array of events.")]
    NotEvents,
    /// The JSON body is not UTF-8.
    #[error("The body is not valid UTF-8: bad byte at offset {offset}.")]
    NotUtf8 {
        /// The position of the first bad byte.
        offset: usize,
    },
    /// The body holds more events than one request may.
    #[error("The body holds more than {limit} events.")]
    TooManyEvents {
        /// [`MAX_EVENTS`](crate::limits::MAX_EVENTS).
        limit: u32,
    },
    /// The body is larger than one request may be.
    #[error("The body is larger than {limit} bytes.")]
    TooLarge {
        /// [`MAX_BODY`](crate::limits::MAX_BODY).
        limit: usize,
    },
}
