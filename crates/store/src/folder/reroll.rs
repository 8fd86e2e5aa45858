//! Re-rolls: computing the rollups of days again, after a change of meters or
//! a correction.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{Extent, Partition, RollupWrite, reroll};

use super::Folder;
use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::limits::REROLLED_DAYS;
use crate::rows::{StoredRows, unfolded};

type Rollups = BTreeMap<(OrganizationId, Day), RollupWrite>;

/// New rollups of some days, by partition, with the extent that they were
/// computed from.
struct Rolled {
    shares: BTreeMap<Partition, (Extent, Rollups)>,
    /// The number of days that were gone through.
    done: usize,
}

impl Folder {
    /// Finds days that were rolled up before the meters changed, or before a
    /// correction came. A correction of this process is in the set already: the
    /// search finds those of other nodes, and those that a crash has forgotten.
    pub(crate) fn find_stale(&self) -> Result<(), StoreError> {
        let stale = self.snapshots.take(|db| {
            let meters = self.meters.current(db)?;
            let mut stale = Vec::new();
            for partition in self.shared.partitions.all() {
                stale.extend(StoredRows::new(*db, partition).stale_rollups(&meters)?);
            }
            Ok(stale)
        })?;
        self.shared.stale().extend(stale);
        Ok(())
    }

    /// Rolls stale days up until there is none, or other work waits for it.
    /// Reports are exact meanwhile: they read the segments of stale days.
    pub(super) fn reroll(&self) -> Result<(), StoreError> {
        while !self.reroll_some()? && !self.shared.fold.is_pressing() {
            if self.holds_others_up()? {
                // The folds of other nodes are overtaken by these re-rolls, so this node folds
                // for them before it goes on.
                self.shared.fold.fold();
            }
        }
        Ok(())
    }

    /// Returns whether other nodes may be unable to fold: each re-roll changes
    /// the rollups of a partition, so that a fold which began before is void.
    fn holds_others_up(&self) -> Result<bool, StoreError> {
        let Snapshots::Postgres(postgres) = &self.snapshots else {
            return Ok(false);
        };
        let extents = postgres.read_one(StoredRows::extents)?;
        let mut all = 0;
        for (_, extent) in &extents {
            all += unfolded(extent)?;
        }
        Ok(all >= self.shared.fold_at)
    }

    /// Rolls some stale days up, and returns whether none is left.
    pub(crate) fn reroll_some(&self) -> Result<bool, StoreError> {
        let _alone = self.shared.rolling();
        let days: Vec<(OrganizationId, Day)> = {
            let stale = self.shared.stale();
            stale.iter().take(REROLLED_DAYS).copied().collect()
        };
        let Rolled { shares, done } = self.rolled(&days)?;
        let overtaken = self.store_rolled(shares)?;
        let partitions = self.shared.partitions;
        // Overtaken days stay in the set, and are computed again next time.
        let mut stale = self.shared.stale();
        for (organization, day) in &days[..done] {
            if !overtaken.contains(&partitions.partition_of(*organization)) {
                stale.remove(&(*organization, *day));
            }
        }
        Ok(stale.is_empty())
    }

    /// Stores new rollups by compare and set, as a fold is stored. Returns the
    /// partitions in which another node has changed something meanwhile.
    fn store_rolled(
        &self,
        shares: BTreeMap<Partition, (Extent, Rollups)>,
    ) -> Result<BTreeSet<Partition>, StoreError> {
        if shares.is_empty() {
            return Ok(BTreeSet::new());
        }
        fault::point("reroll.computed")?;
        let rolled = shares.values().flat_map(|(_, rolled)| rolled.values());
        let bytes = rolled.map(|rollup| rollup.blob.len()).sum();
        let overtaken = self.write(bytes, move |tx| {
            let mut overtaken = BTreeSet::new();
            for (partition, (extent, rolled)) in &shares {
                if !apply::reroll(tx, *partition, rolled.values(), extent)? {
                    overtaken.insert(*partition);
                }
            }
            fault::point("reroll.written")?;
            Ok(overtaken)
        })?;
        fault::point("reroll.durable")?;
        Ok(overtaken)
    }

    /// Computes some days, until other work waits.
    fn rolled(&self, days: &[(OrganizationId, Day)]) -> Result<Rolled, StoreError> {
        self.snapshots.take(|db| {
            let meters = self.meters.current(db)?;
            let (mut shares, mut done) = (BTreeMap::new(), 0);
            for (organization, day) in days {
                let partition = self.shared.partitions.partition_of(*organization);
                let rows = StoredRows::new(*db, partition);
                match reroll(*organization, *day, &meters, &rows) {
                    Ok(writes) if writes.is_empty() => {}
                    Ok(writes) => {
                        let extent = rows.extent()?;
                        let share = shares.entry(partition).or_insert((extent, Rollups::new()));
                        // The re-roll of a day also writes later days into which
                        // its sessions reach, and leaves those as stale as they
                        // were. Days come in order, so the result of a later
                        // day's own re-roll replaces that.
                        let place = |write: &RollupWrite| (write.organization, write.day);
                        share
                            .1
                            .extend(writes.into_iter().map(|it| (place(&it), it)));
                    }
                    // A damaged day stays as it is, and keeps no other day
                    // from its turn: reads of it name the damage, and the next
                    // search finds it again.
                    Err(error @ StoreError::Corrupt { .. }) => self.report("re-roll", Err(error)),
                    Err(error) => return Err(error),
                }
                done += 1;
                if self.shared.fold.is_pressing() {
                    break;
                }
            }
            Ok(Rolled { shares, done })
        })
    }
}
