//! Batches: the events of one request, and where they stand in the input.

use bytes::Bytes;
use tokio::sync::mpsc;

use super::prefix::Mark;
use super::record::Record;

/// The size at which a batch is full, well below the 16 MiB that a server takes
/// in one request.
const MOST_BYTES: usize = 4 << 20;

/// The channel from the reading thread: batches, then perhaps the error that
/// ended it.
pub(super) type Batches = mpsc::Receiver<anyhow::Result<Batch>>;

/// The events of one request.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The events as NDJSON.
    pub(crate) body: Bytes,
    /// The line of the input on which each event begins.
    pub(crate) lines: Vec<u64>,
    /// Records that could not be sent.
    pub(crate) unreadable: Vec<Unreadable>,
    /// The byte of the input at which it begins.
    pub(crate) begin: u64,
    /// The byte of the input before which it ends.
    pub(crate) end: u64,
    /// The hash of the input up to there; `None` where a run cannot resume.
    pub(crate) mark: Option<Mark>,
    /// The end of each event in the body.
    ends: Vec<usize>,
    /// The records as they stand in the input, if they are kept and differ from
    /// the body.
    originals: Vec<Vec<u8>>,
}

/// A record that could not be sent.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: u64,
    pub(crate) message: String,
    pub(crate) original: Vec<u8>,
}

impl Batch {
    /// Returns the record of an event as it stands in the input, if there is such
    /// an event.
    pub(crate) fn original(&self, index: usize) -> Option<&[u8]> {
        if let Some(original) = self.originals.get(index) {
            return Some(original);
        }
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => 0,
        };
        self.body.get(start..*self.ends.get(index)?)
    }
}

/// Collects records into batches.
#[derive(Debug)]
pub(super) struct Batcher {
    events: usize,
    keep_originals: bool,
    body: Vec<u8>,
    batch: Batch,
    /// Bytes of the records that could not be sent.
    refused: usize,
    position: u64,
}

impl Batcher {
    /// Makes batches of up to `events` events. Originals are needed only to
    /// write rejected records to a file.
    pub(super) fn new(events: usize, keep_originals: bool, position: u64) -> Self {
        Self {
            events,
            keep_originals,
            body: Vec::new(),
            batch: Batch::default(),
            refused: 0,
            position,
        }
    }

    /// Adds an event.
    pub(super) fn push(&mut self, record: &Record) {
        self.body.extend_from_slice(&record.json);
        self.batch.ends.push(self.body.len());
        self.body.push(b'\n');
        self.batch.lines.push(record.line);
        if let (true, Some(original)) = (self.keep_originals, &record.original) {
            self.batch.originals.push(original.clone());
        }
    }

    /// Adds a record that cannot be sent.
    pub(super) fn refuse(&mut self, record: &Record, message: String) {
        let original = if self.keep_originals {
            record.original.clone().unwrap_or(record.json.clone())
        } else {
            Vec::new()
        };
        self.refused += original.len();
        self.batch.unreadable.push(Unreadable {
            line: record.line,
            message,
            original,
        });
    }

    /// Returns whether the batch should be taken now.
    pub(super) fn is_full(&self) -> bool {
        self.batch.lines.len() >= self.events
            || self.batch.unreadable.len() >= self.events
            || self.body.len() + self.refused >= MOST_BYTES
    }

    /// Takes the batch, unless it is empty; the input was read up to `position`.
    pub(super) fn take(&mut self, position: u64) -> Option<Batch> {
        if self.batch.lines.is_empty() && self.batch.unreadable.is_empty() {
            return None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        batch.body = std::mem::take(&mut self.body).into();
        batch.begin = self.position;
        batch.end = position;
        self.position = position;
        self.refused = 0;
        Some(batch)
    }
}
