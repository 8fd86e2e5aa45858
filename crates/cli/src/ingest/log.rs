//! What is noted of a transfer, and when.

use anyhow::Context;

use super::prefix::Mark;
use super::progress::{Notebook, Progress};
use super::tally::Tally;

/// So many bytes of the input may be sent before the next note, because each
/// costs the disk some time.
const AHEAD: u64 = 16 << 20;

/// The note of a transfer as it will be written next.
#[derive(Debug)]
pub(crate) struct Log {
    notebook: Notebook,
    next: Progress,
    /// Whether something is to be noted.
    changed: bool,
}

impl Log {
    /// Goes on behind what is noted, and notes that.
    pub(crate) fn new(notebook: Notebook, next: Progress) -> std::io::Result<Self> {
        let mut log = Self {
            notebook,
            next,
            changed: false,
        };
        log.reserve(log.next.done.bytes);
        log.notebook.save(&log.next)?;
        Ok(log)
    }

    /// What is acknowledged now, without a gap.
    pub(crate) fn done(&mut self, mark: Mark, tally: &Tally) {
        self.next.done = mark;
        self.next.counts = tally.counts;
        self.next.faults.clone_from(&tally.faults);
        self.next.rejects = tally.rejects.as_ref().map(|rejects| rejects.noted());
        self.changed = true;
    }

    /// Something up to byte `end` is about to be sent. What comes back as a
    /// duplicate after an interruption is thereby known to be sent by us,
    /// perhaps.
    pub(crate) fn sending(&mut self, end: u64, tally: &mut Tally) -> anyhow::Result<()> {
        if end <= self.next.sent {
            return Ok(());
        }
        self.reserve(end);
        self.changed = true;
        self.save(tally)
    }

    /// Notes what has changed; the rejected lines it counts are on disk before.
    pub(crate) fn save(&mut self, tally: &mut Tally) -> anyhow::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        if let Some(rejects) = &mut tally.rejects {
            rejects.sync()?;
        }
        let path = self.notebook.path().display().to_string();
        self.notebook
            .save(&self.next)
            .with_context(|| format!("noting progress in {path}"))
    }

    /// Notes how things stand when nothing is under way any more; nothing
    /// behind byte `end` has been sent.
    pub(crate) fn close(&mut self, end: u64, tally: &mut Tally) -> anyhow::Result<()> {
        self.next.sent = end;
        // Empty files are given up now, and their names are free for others.
        self.next.rejects.take_if(|noted| noted.is_empty());
        self.changed = true;
        self.save(tally)
    }

    /// All is done: the note is needed no longer.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        let path = self.notebook.path().display().to_string();
        self.notebook
            .remove()
            .with_context(|| format!("removing {path}"))
    }

    fn reserve(&mut self, end: u64) {
        self.next.sent = self.next.sent.max(end.saturating_add(AHEAD));
    }
}
