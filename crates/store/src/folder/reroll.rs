//! Rolling days up anew, after a change of meters or a correction.

use std::collections::{BTreeMap, BTreeSet};

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{Extent, Partition, RollupWrite, reroll};

use super::Folder;
use crate::apply;
use crate::engine::Snapshots;
use crate::error::StoreError;
use crate::fault;
use crate::rows::StoredRows;

type Rollups = BTreeMap<(OrganizationId, Day), RollupWrite>;

/// Days that were rolled up anew, and what from.
struct Rolled {
    shares: BTreeMap<Partition, (Extent, Rollups)>,
    /// How many of the days were looked at.
    done: usize,
}

impl Folder {
    /// Finds what was rolled up before the meters changed, or before a
    /// correction came, and a crash kept from being rolled up anew.
    pub(crate) fn find_stale(&self) -> Result<(), StoreError> {
        let stale = self.snapshots.take(|sql| {
            let meters = self.meters.current(sql)?;
            let mut stale = Vec::new();
            for partition in self.shared.partitions.all() {
                stale.extend(StoredRows::new(*sql, partition).stale_rollups(&meters)?);
            }
            Ok(stale)
        })?;
        self.shared.stale().extend(stale);
        Ok(())
    }

    /// Rolls stale days up anew until there is none, or other work waits for it.
    /// Reports are exact meanwhile: they read the segments of stale days.
    pub(super) fn reroll(&self) -> Result<(), StoreError> {
        while !self.reroll_some()? && !self.shared.fold.pressing() {
            if self.holds_others_up()? {
                // This node folds too, and then goes on.
                self.shared.fold.fold();
            }
        }
        Ok(())
    }

    /// Whether other nodes may be unable to fold: each re-roll makes their folds
    /// of its partition be made anew.
    fn holds_others_up(&self) -> Result<bool, StoreError> {
        let Snapshots::Postgres(postgres) = &self.snapshots else {
            return Ok(false);
        };
        let extents = postgres.read_one(StoredRows::extents)?;
        let unfolded = extents
            .iter()
            .map(|(_, at)| at.last.number() - at.folded.number());
        Ok(unfolded.sum::<u64>() >= self.shared.fold_at)
    }

    /// Rolls some stale days up anew, and says whether none is left.
    pub(crate) fn reroll_some(&self) -> Result<bool, StoreError> {
        const AT_ONCE: usize = 64;
        let _alone = self.shared.rolling();
        let days: Vec<(OrganizationId, Day)> = {
            let stale = self.shared.stale();
            stale.iter().take(AT_ONCE).copied().collect()
        };
        let Rolled { shares, done } = self.rolled(&days)?;
        let overtaken = self.store_rolled(shares)?;
        let partitions = self.shared.partitions;
        let mut stale = self.shared.stale();
        for (organization, day) in &days[..done] {
            if !overtaken.contains(&partitions.partition_of(*organization)) {
                stale.remove(&(*organization, *day));
            }
        }
        Ok(stale.is_empty())
    }

    /// Stores what was rolled up anew; the partitions in which another node
    /// has changed something meanwhile.
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
                if !apply::rerolled(tx, *partition, rolled.values(), extent)? {
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
        self.snapshots.take(|sql| {
            let meters = self.meters.current(sql)?;
            let (mut shares, mut done) = (BTreeMap::new(), 0);
            for (organization, day) in days {
                let partition = self.shared.partitions.partition_of(*organization);
                let rows = StoredRows::new(*sql, partition);
                match reroll(*organization, *day, &meters, &rows) {
                    Ok(writes) if writes.is_empty() => {}
                    Ok(writes) => {
                        let extent = rows.extent()?;
                        let share = shares.entry(partition).or_insert((extent, Rollups::new()));
                        // Days come in order, and what a day makes of itself
                        // goes before what an earlier one made of it.
                        let place = |write: &RollupWrite| (write.organization, write.day);
                        share
                            .1
                            .extend(writes.into_iter().map(|it| (place(&it), it)));
                    }
                    // It stays as it is, and is in nobody's way: reads of it
                    // name the damage, and the next search finds it again.
                    Err(error @ StoreError::Corrupt { .. }) => self.report("re-roll", Err(error)),
                    Err(error) => return Err(error),
                }
                done += 1;
                if self.shared.fold.pressing() {
                    break;
                }
            }
            Ok(Rolled { shares, done })
        })
    }
}
