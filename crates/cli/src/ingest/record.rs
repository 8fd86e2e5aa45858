//! The trait of input formats: records come one at a time, into one buffer.

/// The longest record. No event is as long by far, so a longer record means a
/// damaged file.
pub(super) const LONGEST: usize = 1 << 20;

/// One record of the input.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// The event as one line of JSON.
    pub(super) json: Vec<u8>,
    /// The record as it stands in the input, if that is not `json`.
    pub(super) original: Option<Vec<u8>>,
}

/// The outcome of a read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// An event, to be sent.
    Event,
    /// A record that cannot be sent, and why.
    Unreadable(String),
    /// Nothing is left.
    End,
}

/// An input format.
pub(super) trait Records {
    /// Reads the next record; an error ends the input.
    fn next(&mut self, record: &mut Record) -> anyhow::Result<Next>;

    /// Reads over records up to a byte. Returns whether a record ends there.
    fn skip_to(&mut self, position: u64) -> anyhow::Result<bool>;

    /// Returns how many bytes of the input were used so far.
    fn position(&self) -> u64;
}
