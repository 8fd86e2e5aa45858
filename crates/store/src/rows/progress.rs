//! The progress of a partition: its extent, its journal, its stale rollups.

use std::sync::Arc;

use exchequer_core::{Day, MeterSet, OrganizationId};
use exchequer_ledger::{Batch, Extent, IdentityKey, Seq, TailBatch, is_stale};

use super::{StoredRows, day, extent, seq};
use crate::error::{Cause, StoreError};
use crate::settings;
use crate::sql::{Snapshot, params};

/// The versions of the rules by which an organisation's events are counted.
#[derive(Clone, Copy)]
pub(crate) struct RuleVersions {
    /// The revision of the meters.
    pub(crate) meters: i64,
    /// The version of the aliases, if there are any.
    pub(crate) aliases: Option<u64>,
}

/// Returns the number of unfolded events of an extent.
pub(crate) fn unfolded(extent: &Extent) -> Result<u64, StoreError> {
    let (folded, last) = (extent.folded.number(), extent.last.number());
    last.checked_sub(folded).ok_or_else(|| {
        let why = format!("seq {folded} is folded, and {last} is the last");
        StoreError::corrupt("ledger", why)
    })
}

/// Decodes a batch of the journal.
pub(crate) fn batch(
    first: Seq,
    blob: &[u8],
    key: &IdentityKey,
) -> Result<Arc<TailBatch>, StoreError> {
    let batch = Batch::decode(blob, key).map_err(|damage| {
        let what = format!("journal {}", first.number());
        StoreError::corrupt(what, Cause::from_error(damage))
    })?;
    Ok(Arc::new(TailBatch { first, batch }))
}

impl StoredRows<'_> {
    /// Reads the extent of the partition.
    pub(crate) fn extent(&self) -> Result<Extent, StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes
             FROM ledger JOIN head ON head.partition = ledger.partition
             WHERE ledger.partition = $1";
        self.one(query, params![], |row| extent(row, 0))
    }

    /// Reads the extent of the partition, and what says which rules an organisation's
    /// events are counted by.
    pub(crate) fn extent_and_rules(
        &self,
        organization: OrganizationId,
    ) -> Result<(Extent, RuleVersions), StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes,
                    (SELECT value FROM counter WHERE name = 'meter_revision'),
                    (SELECT max(version) FROM alias_list
                     WHERE partition = $1 AND organization = $2)
             FROM ledger JOIN head ON head.partition = ledger.partition
             WHERE ledger.partition = $1";
        self.one(query, params![organization.as_bytes()], |row| {
            let versions = RuleVersions {
                meters: row.get(4)?,
                aliases: row.get(5)?,
            };
            Ok((extent(row, 0)?, versions))
        })
    }

    /// Reads the extent of every partition.
    pub(crate) fn extents(db: &Snapshot<'_>) -> Result<Vec<(u32, Extent)>, StoreError> {
        let query = "SELECT ledger.folded, head.last, ledger.run_changes, ledger.rollup_changes,
                    ledger.partition
             FROM ledger JOIN head ON head.partition = ledger.partition";
        db.all(query, params![], |row| Ok((row.get(4)?, extent(row, 0)?)))
    }

    /// Reads the acknowledged batches after a seq, in their order.
    pub(crate) fn journal(
        &self,
        after: Seq,
        key: &IdentityKey,
    ) -> Result<Vec<Arc<TailBatch>>, StoreError> {
        let query = "SELECT seq, blob FROM journal WHERE partition = $1 AND seq > $2 ORDER BY seq";
        self.all(query, params![after.number()], |row| {
            batch(seq(row, 0)?, &row.get::<Vec<u8>>(1)?, key)
        })
    }

    /// Returns whether the journal holds events of an organisation.
    pub(crate) fn has_unfolded(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        // Without a key nothing was ever kept.
        let Some(secret) = settings::secret(&self.db)? else {
            return Ok(false);
        };
        let journal = self.journal(Seq::default(), &IdentityKey::from_bytes(secret))?;
        let mut batches = journal.iter();
        Ok(batches.any(|batch| {
            batch
                .batch
                .organizations()
                .any(|(of, _)| of == organization)
        }))
    }

    /// Reads the organisations and days of rollups that these meters make
    /// stale. Most rollups of an older revision are not stale, since few changes
    /// concern all days, so each is compared with the meters one by one.
    pub(crate) fn stale_rollups(
        &self,
        meters: &MeterSet,
    ) -> Result<Vec<(OrganizationId, Day)>, StoreError> {
        let query = "SELECT organization, day, revision FROM rollup
             WHERE partition = $1 AND revision < $2 ORDER BY organization, day";
        let mut stale = Vec::new();
        self.each(query, params![meters.revision()], |row| {
            let (day, revision) = (day(row, 1)?, row.get(2)?);
            if is_stale(revision, day, meters) {
                stale.push((row.get(0).map(OrganizationId::from_bytes)?, day));
            }
            Ok(true)
        })?;
        Ok(stale)
    }
}
