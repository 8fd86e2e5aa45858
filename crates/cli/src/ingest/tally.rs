//! The outcome of all events: counts, the first faults, the file of rejects.

use std::path::PathBuf;

use anyhow::{Context, bail};
use exchequer_types::{IngestConflict, IngestResponse};
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::prefix::Mark;
use super::rejects::Rejects;
use crate::output::{message, printable};

/// The number of faults that are listed one by one.
const LISTED: usize = 20;

/// Counts of events. Accepted, duplicates, conflicts and rejected add up to the
/// events read; the unmetered and the skipped ones are among the accepted, the resent
/// ones among the duplicates, and the unmatched ones among both.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    /// Duplicates that an interrupted run may itself have sent before, without
    /// having saved the answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) resent: u64,
    pub(crate) unmetered: u64,
    /// Accepted ones that a meter of their type cannot read and leaves out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) skipped: u64,
    /// Voids that met no event.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) unmatched: u64,
    pub(crate) conflicts: u64,
    pub(crate) rejected: u64,
}

/// An event that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) message: String,
    /// The record as it stands in the input, if it was rejected.
    #[serde(skip)]
    original: Option<Vec<u8>>,
}

/// The outcome of one batch.
#[derive(Debug)]
pub(crate) struct Outcome {
    counts: Counts,
    /// The first conflicts and rejections, in the order of the input.
    faults: Vec<Fault>,
    pub(crate) begin: u64,
    pub(crate) mark: Option<Mark>,
}

/// Adds up outcomes, in the order of the input.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    pub(crate) faults: Vec<Fault>,
    pub(super) rejects: Option<Rejects>,
    /// An interrupted run may have sent what begins before this byte.
    pub(crate) resent_before: u64,
}

impl Outcome {
    /// Takes a batch and the answer to its events, if it has any. Records that
    /// were not sent count as rejected.
    pub(crate) fn new(batch: &Batch, answer: Option<&IngestResponse>) -> anyhow::Result<Self> {
        let mut outcome = Self {
            counts: Counts::default(),
            faults: Vec::new(),
            begin: batch.begin,
            mark: batch.mark.clone(),
        };
        for record in &batch.unreadable {
            outcome.counts.rejected += 1;
            outcome.faults.push(Fault {
                line: record.line,
                message: format!("rejected: {}", record.message),
                original: Some(record.original.clone()),
            });
        }
        if let Some(answer) = answer {
            outcome.add(batch, answer)?;
        }
        outcome.faults.sort_by_key(|fault| fault.line);
        Ok(outcome)
    }

    fn add(&mut self, batch: &Batch, answer: &IngestResponse) -> anyhow::Result<()> {
        let (conflicts, rejected) = (answer.conflicts.len(), answer.rejected.len());
        let total = u128::from(answer.accepted)
            + u128::from(answer.duplicates)
            + (conflicts + rejected) as u128;
        // Counts that do not add up would hide events that were lost.
        if total != batch.lines.len() as u128 {
            let sent = batch.lines.len();
            bail!("the server answered for {total} of {sent} events");
        }
        self.counts.accepted += answer.accepted;
        self.counts.duplicates += answer.duplicates;
        self.counts.unmetered += answer.unmetered;
        self.counts.skipped += answer.skipped;
        self.counts.unmatched += answer.unmatched;
        self.counts.conflicts += conflicts as u64;
        self.counts.rejected += rejected as u64;
        for conflict in &answer.conflicts {
            self.faults.push(Fault {
                line: line(batch, conflict.index)?,
                message: conflict_message(conflict),
                original: None,
            });
        }
        for rejection in &answer.rejected {
            self.faults.push(Fault {
                line: line(batch, rejection.index)?,
                message: format!("rejected: {} ({})", rejection.message, rejection.code),
                original: batch.original(rejection.index as usize).map(<[u8]>::to_vec),
            });
        }
        Ok(())
    }
}

impl Tally {
    /// Returns whether rejected lines are written to a file.
    pub(crate) fn keeps_rejects(&self) -> bool {
        self.rejects.is_some()
    }

    /// Adds the outcome of the next batch.
    pub(crate) fn add(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        let more = outcome.counts;
        let counts = &mut self.counts;
        counts.accepted += more.accepted;
        counts.duplicates += more.duplicates;
        if outcome.begin < self.resent_before {
            counts.resent += more.duplicates;
        }
        counts.unmetered += more.unmetered;
        counts.skipped += more.skipped;
        counts.unmatched += more.unmatched;
        counts.conflicts += more.conflicts;
        counts.rejected += more.rejected;
        for mut fault in outcome.faults {
            let original = fault.original.take();
            if let Some(rejects) = &mut self.rejects {
                match original {
                    Some(original) => rejects.reject(fault.line, &original, &fault.message)?,
                    None => rejects.explain(fault.line, &fault.message)?,
                }
            }
            if self.faults.len() < LISTED {
                self.faults.push(fault);
            }
        }
        Ok(())
    }

    /// Lists the first faults on stderr and closes the file of rejects. Returns
    /// its path, if it holds any.
    pub(crate) fn finish(&mut self) -> anyhow::Result<Option<PathBuf>> {
        for fault in &self.faults {
            let (line, reason) = (fault.line, printable(&fault.message));
            message(&format!("line {line}: {reason}"));
        }
        let all = self.counts.conflicts + self.counts.rejected;
        // A checkpoint from another build could list more than it counts; what
        // is printed here is no figure of the bill.
        let more = all.saturating_sub(self.faults.len() as u64);
        if more > 0 {
            message(&format!("and {more} more that were rejected or conflict"));
        }
        match self.rejects.take() {
            Some(rejects) => rejects.finish(),
            None => Ok(None),
        }
    }
}

impl Counts {
    /// Returns whether every event counts.
    pub(crate) fn is_clean(&self) -> bool {
        self.conflicts == 0 && self.rejected == 0
    }

    /// Returns the number of events that were read.
    pub(crate) fn events(&self) -> u64 {
        self.accepted + self.duplicates + self.conflicts + self.rejected
    }
}

/// Returns the reason for which an event does not count.
fn conflict_message(conflict: &IngestConflict) -> String {
    let id = &conflict.id;
    let by = match (&conflict.client, conflict.other_client) {
        (Some(client), _) => format!(", sent by client {client}"),
        (None, true) => ", sent by another client".to_owned(),
        (None, false) => String::new(),
    };
    format!("conflict: id {id} is kept with other content{by}")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Returns the line of an event that the server has named.
fn line(batch: &Batch, index: u32) -> anyhow::Result<u64> {
    let line = batch.lines.get(index as usize).copied();
    line.with_context(|| {
        let sent = batch.lines.len();
        format!("the server answered for event {index} of {sent}, counted from 0")
    })
}
