//! What the writer knows of every partition, and how it comes to know more.

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
use crate::sql::Sql;
use crate::writer::Shared;

/// What is known of the identities of every partition.
pub(crate) struct Knowledge {
    shared: Arc<Shared>,
    lives: Vec<PartitionIndex>,
    recall: IdentityCache,
    /// The organisations that there are, and of which revision; asked only
    /// where another node may delete one.
    organizations: (Option<i64>, HashSet<OrganizationId>),
}

impl Knowledge {
    pub(crate) fn new(key: IdentityKey, shared: Arc<Shared>) -> Self {
        Self {
            lives: shared
                .partitions
                .all()
                .map(|_| PartitionIndex::new(key))
                .collect(),
            shared,
            recall: IdentityCache::default(),
            organizations: Default::default(),
        }
    }

    /// Learns what is stored of a partition and not known here: all of it at
    /// start, then what folds and merges have changed, what other nodes have
    /// added, and what a commit has that was durable though it seemed to fail.
    /// A run that was made here brings its filter along.
    pub(crate) fn catch_up(
        &mut self,
        rows: &StoredRows<'_>,
        extent: &Extent,
        mut made: Option<RunMeta>,
    ) -> Result<(), StoreError> {
        let partition = rows.partition();
        let live = &mut self.lives[partition.number() as usize];
        if !live.knows_runs(extent) {
            let runs = rows.live_runs()?;
            let new = runs.iter().filter(|(run, _)| !live.knows_run(*run));
            let new = new.map(|(run, entries)| {
                let made = made.take_if(|meta| meta.run == *run);
                made.map_or_else(|| rows.run(*run, *entries), Ok)
            });
            let new = new.collect::<Result<Vec<_>, _>>()?;
            let current = runs.iter().map(|(run, _)| *run).collect();
            live.refresh(extent, &current, new, &mut self.recall);
        }
        if let Some(made) = made {
            live.adopt(made, &mut self.recall);
        }
        // Also where nothing is new: the tail that readers share begins after
        // what is folded, and takes no commit behind a gap.
        let known = live.known();
        let tail = self.shared.tail(partition);
        let new = tail.at(rows, extent, |tail| tail.since(known))?;
        let lost = || StoreError::unavailable("the tail has changed meanwhile");
        for batch in new.ok_or_else(lost)? {
            live.learn(batch);
        }
        Ok(())
    }

    /// That no organisation is gone since the events were let in.
    pub(crate) fn check_organizations<'b>(
        &mut self,
        tx: &Sql<'_>,
        locked: &Locked,
        batches: impl Iterator<Item = &'b Batch>,
    ) -> Result<(), StoreError> {
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

    /// What is new of some batches, and what became of each event.
    pub(crate) fn decide(
        &mut self,
        rows: &StoredRows<'_>,
        mut extent: Option<Extent>,
        batches: Vec<(Batch, Vec<u8>)>,
    ) -> Result<Commit, StoreError> {
        let partition = rows.partition().number() as usize;
        let known = loop {
            let extent = extent.take().map_or_else(|| rows.extent(), Ok)?;
            let known = self.catch_up(rows, &extent, None).and_then(|()| {
                let directories = &self.shared.directories;
                self.lives[partition].look_up(&batches, &mut self.recall, directories, rows)
            });
            match known {
                // Another node has folded or merged between two statements.
                Err(_) if rows.extent().is_ok_and(|now| now != extent) => {}
                known => break known?,
            }
        };
        Ok(self.lives[partition].decide(batches, known))
    }

    /// Learns what was committed here, and shows it to readers.
    pub(crate) fn learn(&mut self, partition: Partition, commit: Commit) {
        {
            let mut tail = self.shared.tail(partition).lock();
            for batch in &commit.batches {
                let pushed = tail.push(batch);
                debug_assert!(pushed, "the tail has a gap");
            }
        }
        let live = &mut self.lives[partition.number() as usize];
        commit.batches.into_iter().for_each(|it| live.learn(it));
    }
}
