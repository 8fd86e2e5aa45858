//! The identities that the writer knows, and how it catches up with the database.

use std::collections::HashSet;
use std::sync::Arc;

use exchequer_core::OrganizationId;
use exchequer_ledger::{
    Batch, Commit, Extent, IdentityCache, IdentityKey, Partition, PartitionIndex, RunMeta,
};

use crate::catalog::organizations;
use crate::error::StoreError;
use crate::locks::Locked;
use crate::rows::StoredRows;
use crate::shared::Shared;
use crate::sql::Transaction;

/// The identities of every partition, as far as they were read or committed here.
pub(crate) struct Identities {
    shared: Arc<Shared>,
    indexes: Vec<PartitionIndex>,
    cache: IdentityCache,
    /// The organisations that exist, and the revision at which they were read;
    /// filled only where another node may delete one.
    organizations: (Option<i64>, HashSet<OrganizationId>),
}

impl Identities {
    pub(super) fn new(key: IdentityKey, shared: Arc<Shared>) -> Self {
        Self {
            indexes: shared
                .partitions
                .all()
                .map(|_| PartitionIndex::new(key))
                .collect(),
            shared,
            cache: IdentityCache::default(),
            organizations: (None, HashSet::new()),
        }
    }

    /// Learns the identities of a partition that are stored and not known here:
    /// all of them at start, then those that folds and merges have moved, that
    /// other nodes have added, and those of a commit that was durable though it
    /// seemed to fail. A run that was `made` here brings its filter along.
    pub(super) fn catch_up(
        &mut self,
        rows: &StoredRows<'_>,
        extent: &Extent,
        mut made: Option<RunMeta>,
    ) -> Result<(), StoreError> {
        let partition = rows.partition();
        let index = &mut self.indexes[partition.number() as usize];
        if !index.knows_runs(extent) {
            let runs = rows.live_runs()?;
            let new = runs.iter().filter(|(run, _)| !index.knows_run(*run));
            let new = new.map(|(run, entries)| {
                let made = made.take_if(|meta| meta.run == *run);
                made.map_or_else(|| rows.run(*run, *entries), Ok)
            });
            let new = new.collect::<Result<Vec<_>, _>>()?;
            let current = runs.iter().map(|(run, _)| *run).collect();
            index.refresh(extent, &current, new, &mut self.cache);
        }
        // A run that was loaded before its fold was announced here still lacks
        // the filter, which would have to be read.
        if let Some(made) = made {
            index.adopt(made, &mut self.cache);
        }
        // Even where no event is new: the tail that readers share must begin
        // after the folded seq, since it takes no commit behind a gap.
        let known = index.known();
        let tail = self.shared.tail(partition);
        let new = tail.at(
            extent,
            |after, key| rows.journal(after, key),
            |tail| tail.since(known),
        )?;
        let pruned = || StoreError::unavailable("the tail has changed meanwhile");
        for batch in new.ok_or_else(pruned)? {
            index.learn(batch);
        }
        Ok(())
    }

    /// Returns an error if an organisation was deleted since its events were
    /// let in. Its row cannot be locked by a foreign key: events lie in other
    /// partitions, maybe on other machines, than the catalog.
    pub(super) fn check_organizations<'b>(
        &mut self,
        tx: &Transaction<'_>,
        locked: &Locked,
        batches: impl Iterator<Item = &'b Batch>,
    ) -> Result<(), StoreError> {
        // With a single writer, the deletion was a step of the same thread.
        let Some(revision) = locked.organizations else {
            return Ok(());
        };
        let known = &mut self.organizations;
        if known.0 != Some(revision) {
            *known = (Some(revision), organizations::ids(tx)?);
        }
        let mut of = batches.flat_map(Batch::organizations);
        match of.find(|(id, _)| !known.1.contains(id)) {
            None => Ok(()),
            Some((id, _)) => Err(StoreError::unavailable(format!(
                "organization {id} was deleted meanwhile"
            ))),
        }
    }

    /// Decides which events of some batches are new. `extent` was read under
    /// the lock of the partition, where there is one.
    pub(super) fn decide(
        &mut self,
        rows: &StoredRows<'_>,
        mut extent: Option<Extent>,
        batches: Vec<(Batch, Vec<u8>)>,
    ) -> Result<Commit, StoreError> {
        let partition = rows.partition().number() as usize;
        // Catching up has to happen under the lock: nobody can commit to the
        // partition any more, so an event that is not known now is new. A fold
        // or a merge needs no lock of it, and may take rows away between two
        // statements; then the extent has changed, and all is read again. That
        // ends, since every turn needs another fold or merge.
        let known = loop {
            let extent = extent.take().map_or_else(|| rows.extent(), Ok)?;
            let known = self.catch_up(rows, &extent, None).and_then(|()| {
                let directories = &self.shared.directories;
                self.indexes[partition].look_up(&batches, &mut self.cache, directories, rows)
            });
            match known {
                Err(_) if rows.extent().is_ok_and(|now| now != extent) => {}
                known => break known?,
            }
        };
        Ok(self.indexes[partition].decide(batches, known))
    }

    /// Learns a durable commit, and shows it to readers.
    pub(super) fn learn(&mut self, partition: Partition, commit: Commit) {
        {
            let mut tail = self.shared.tail(partition).lock();
            for batch in &commit.batches {
                // Behind a gap, readers would take these from the journal.
                let pushed = tail.push(batch);
                debug_assert!(pushed, "the tail has a gap");
            }
        }
        let index = &mut self.indexes[partition.number() as usize];
        commit.batches.into_iter().for_each(|it| index.learn(it));
    }
}
