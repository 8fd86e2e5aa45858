//! Folding: from acknowledged batches to segments, rollups, names and an
//! identity run.
//!
//! A fold is a function of the batches and the stored rows. Its caller applies
//! the writes in one transaction, so a crash leaves all of a fold or none of it.

pub(crate) mod contribute;
mod organization;
pub(crate) mod reroll;
pub(crate) mod stored;
pub(crate) mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exchequer_core::{Day, MeterSet, OrganizationId};

use crate::directory::Directories;
use crate::identity::run::RunBuilder;
use crate::rows::Rows;
use crate::tail::{Seq, TailBatch};

use organization::{Folding, Slices};
use writes::FoldWrites;

/// Batches to fold: the first of what is unfolded, without a gap.
pub struct FoldJob {
    batches: Vec<Arc<TailBatch>>,
    /// Seq of the last event in them.
    pub upto: Seq,
}

impl FoldJob {
    /// Returns a fold of these batches; `None` if there is none.
    #[must_use]
    pub fn new(batches: Vec<Arc<TailBatch>>) -> Option<Self> {
        let upto = batches.last()?.last();
        for pair in batches.windows(2) {
            assert_eq!(pair[1].first, pair[0].last().plus(1), "a batch is missing");
        }
        Some(Self { batches, upto })
    }

    /// Returns the days that its events are of, of each organisation.
    #[must_use]
    pub fn days(&self) -> BTreeSet<(OrganizationId, Day)> {
        let mut days = BTreeSet::new();
        for batch in &self.batches {
            for (organization, range) in batch.batch.organizations() {
                days.extend(range.map(|row| (organization, batch.batch.time(row).day())));
            }
        }
        days
    }
}

/// Computes the rows of a fold.
///
/// # Errors
/// Stored rows cannot be read or are damaged.
pub fn fold<R: Rows>(
    job: &FoldJob,
    meters: &MeterSet,
    directories: &Directories,
    rows: &R,
) -> Result<FoldWrites, R::Error> {
    let mut writes = FoldWrites {
        upto: job.upto,
        ..FoldWrites::default()
    };
    let mut taken = 0;
    for (organization, slices) in by_organization(&job.batches) {
        let mut folding = Folding::new(organization, directories.get(organization, rows)?);
        folding.load_voids(&slices, rows)?;
        for (batch, range) in slices {
            taken += range.len();
            folding.take(meters, &batch, range);
        }
        folding.store(meters, rows, &mut writes)?;
    }
    let events: usize = job.batches.iter().map(|batch| batch.batch.len()).sum();
    assert_eq!(taken, events, "an event belongs to no organisation");
    write_run(job, &mut writes);
    Ok(writes)
}

fn by_organization(batches: &[Arc<TailBatch>]) -> BTreeMap<OrganizationId, Slices> {
    // In the order of organisations, so that a fold of the same events writes the
    // same rows in the same order on every node.
    let mut slices: BTreeMap<OrganizationId, Slices> = BTreeMap::new();
    for batch in batches {
        for (organization, range) in batch.batch.organizations() {
            slices
                .entry(organization)
                .or_default()
                .push((Arc::clone(batch), range));
        }
    }
    slices
}

fn write_run(job: &FoldJob, writes: &mut FoldWrites) {
    let batches = job.batches.iter().map(|batch| &batch.batch);
    let mut entries: Vec<(u64, Day)> = batches
        .flat_map(|batch| (0..batch.len()).map(|row| (batch.hashes[row], batch.time(row).day())))
        .collect();
    entries.sort_unstable();
    let mut builder = RunBuilder::new(0, entries.len() as u64);
    for entry in entries {
        builder.push(entry);
    }
    let (pages, filter, run) = builder.finish();
    // Its number is given, and the run becomes live, in the transaction that stores
    // the fold: from then on these identities are found here, not in the tail.
    (writes.pages, writes.filter, writes.run) = (pages, filter, Some(run));
}
