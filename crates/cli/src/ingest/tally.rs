//! What became of all events: counts, the first faults, the file of rejects.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, bail};
use exchequer_types::IngestResponse;
use serde::Serialize;

use super::batch::Batch;
use crate::exit::usage;
use crate::output::{note, printable};

/// So many faults are listed one by one.
const LISTED: usize = 20;

/// accepted + duplicates + conflicts + rejected = events read; the unmetered
/// ones are among the accepted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) unmetered: u64,
    pub(crate) conflicts: u64,
    pub(crate) rejected: u64,
}

/// Adds up the answers.
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    faults: Vec<(u64, String)>,
    rejects: Option<BufWriter<File>>,
}

impl Tally {
    /// Nothing yet. The file of rejects is made at once, so that a path which
    /// cannot be written is found before anything is sent.
    pub(crate) fn new(rejects: Option<&Path>, header: &[u8]) -> anyhow::Result<Self> {
        let mut tally = Self {
            counts: Counts::default(),
            faults: Vec::new(),
            rejects: None,
        };
        if let Some(path) = rejects {
            let file = File::create(path)
                .map_err(|error| usage(format!("{}: {error}", path.display())))?;
            tally.rejects = Some(BufWriter::new(file));
            if !header.is_empty() {
                tally.keep(header)?;
            }
        }
        Ok(tally)
    }

    /// Records that never left this program count as rejected.
    pub(crate) fn add_unreadable(&mut self, batch: &Batch) -> anyhow::Result<()> {
        for record in &batch.unreadable {
            self.counts.rejected += 1;
            self.fault(record.line, || format!("rejected: {}", record.message));
            self.keep(&record.original)?;
        }
        Ok(())
    }

    /// Adds the answer to the events of a batch.
    pub(crate) fn add(&mut self, batch: &Batch, answer: &IngestResponse) -> anyhow::Result<()> {
        let (conflicts, rejected) = (answer.conflicts.len(), answer.rejected.len());
        let total = u128::from(answer.accepted)
            + u128::from(answer.duplicates)
            + (conflicts + rejected) as u128;
        if total != batch.lines.len() as u128 {
            let sent = batch.lines.len();
            bail!("the server answered for {total} events of {sent}");
        }
        self.counts.accepted += answer.accepted;
        self.counts.duplicates += answer.duplicates;
        self.counts.unmetered += answer.unmetered;
        self.counts.conflicts += conflicts as u64;
        self.counts.rejected += rejected as u64;
        for conflict in &answer.conflicts {
            self.fault(line(batch, conflict.index), || {
                format!("conflict: id {} is kept with other content", conflict.id)
            });
        }
        for rejection in &answer.rejected {
            self.fault(line(batch, rejection.index), || {
                format!("rejected: {} ({})", rejection.message, rejection.code)
            });
            self.keep(batch.original(rejection.index as usize))?;
        }
        Ok(())
    }

    /// Lists the first faults on stderr and closes the file of rejects.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        self.faults.sort_by_key(|(line, _)| *line);
        for (line, message) in &self.faults {
            note(&format!("line {line}: {}", printable(message)));
        }
        let all = self.counts.conflicts + self.counts.rejected;
        let more = all - self.faults.len() as u64;
        if more > 0 {
            note(&format!("and {more} more that were rejected or conflict"));
        }
        match &mut self.rejects {
            Some(file) => file.flush().context("writing rejected lines"),
            None => Ok(()),
        }
    }

    fn fault(&mut self, line: u64, message: impl FnOnce() -> String) {
        if self.faults.len() < LISTED {
            self.faults.push((line, message()));
        }
    }

    fn keep(&mut self, original: &[u8]) -> anyhow::Result<()> {
        if let Some(file) = &mut self.rejects {
            file.write_all(original)
                .and_then(|()| file.write_all(b"\n"))
                .context("writing rejected lines")?;
        }
        Ok(())
    }
}

impl Counts {
    /// Whether every event counts.
    pub(crate) fn is_clean(&self) -> bool {
        self.conflicts == 0 && self.rejected == 0
    }
}

fn line(batch: &Batch, index: u32) -> u64 {
    batch.lines.get(index as usize).copied().unwrap_or(0)
}
