//! Batches: the events of one request, and how to find them in the input again.

use bytes::Bytes;

use super::prefix::Mark;
use super::records::Record;

/// Well below what a server takes in one request (16 MiB).
const MOST_BYTES: usize = 4 << 20;

/// The events of one request.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The events as NDJSON.
    pub(crate) body: Bytes,
    /// The line of the input on which each event begins.
    pub(crate) lines: Vec<u64>,
    /// Records that could not be sent.
    pub(crate) unreadable: Vec<Unreadable>,
    /// Where in the input it begins.
    pub(crate) begin: u64,
    /// Where in the input it ends.
    pub(crate) end: u64,
    /// What the input is up to there; none if reading could not go on there.
    pub(crate) mark: Option<Mark>,
    ends: Vec<usize>,
    /// The records as they stood in the input, if they are kept.
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
    /// The record of an event as it stood in the input.
    pub(crate) fn original(&self, index: usize) -> &[u8] {
        if let Some(original) = self.originals.get(index) {
            return original;
        }
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).map_or(0, |end| end + 1),
            None => 0,
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.body.get(start..end).unwrap_or_default()
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
    /// Batches of up to `events` events. Originals are needed only to write
    /// rejected records to a file.
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

    /// Notes a record that cannot be sent.
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

    /// Whether the batch should be taken now.
    pub(super) fn is_full(&self) -> bool {
        self.batch.lines.len() >= self.events
            || self.batch.unreadable.len() >= self.events
            || self.body.len() + self.refused >= MOST_BYTES
    }

    /// The batch, unless it is empty; `position` is how far the input was read.
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
