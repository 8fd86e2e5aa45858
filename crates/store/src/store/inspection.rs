//! Ledgers that are only read.

use std::sync::Arc;

use exchequer_core::{MeterSet, OrganizationId};
use exchequer_ledger::{Directories, IdentityKey, Partition, Partitions, Seq, Tail};

use super::as_of::UsageView;
use super::view::View;
use crate::alias_cache::AliasCache;
use crate::catalog;
use crate::error::StoreError;
use crate::limits::DIRECTORY_BYTES;
use crate::rows::StoredRows;
use crate::settings;
use crate::shared_tail::SharedTail;
use crate::sql::Snapshot;

/// A ledger as one snapshot sees it, read without opening it: somebody else may serve it
/// meanwhile.
pub struct Inspection<'a> {
    db: Snapshot<'a>,
    pub(crate) key: IdentityKey,
    pub(crate) meters: Arc<MeterSet>,
    pub(crate) partitions: Partitions,
    directories: Directories,
    aliases: AliasCache,
    tails: Vec<(Partition, SharedTail)>,
}

impl<'a> Inspection<'a> {
    pub(crate) fn new(db: Snapshot<'a>) -> Result<Self, StoreError> {
        let meters = catalog::meters::load(&db)?;
        let (key, partitions) = (settings::identity_key(&db)?, settings::partitions(&db)?);
        let tails = partitions.all();
        Ok(Self {
            db,
            key,
            meters: Arc::new(meters),
            partitions,
            directories: Directories::new(DIRECTORY_BYTES),
            aliases: AliasCache::default(),
            tails: tails.map(|it| (it, SharedTail::new(key))).collect(),
        })
    }

    /// Returns the snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot<'a> {
        &self.db
    }

    /// Runs `read` with the usage of an organisation.
    ///
    /// # Errors
    /// The error of `read`, or if the database fails or a row is damaged.
    pub fn usage<T, E: From<StoreError>>(
        &self,
        organization: OrganizationId,
        read: impl FnOnce(&UsageView<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let partition = self.partitions.partition_of(organization);
        let rows = StoredRows::new(self.db, partition);
        let (extent, versions) = rows.extent_and_rules(organization)?;
        let aliases = self.aliases.at(&self.db, organization, versions.aliases)?;
        let journal = |after: Seq, key: &IdentityKey| rows.journal(after, key);
        let slice = |tail: &Tail| tail.slice(organization).within(&extent);
        let tail = self.tails.iter().find(|(of, _)| *of == partition);
        let (_, tail) = tail.expect("every partition has a tail");
        let view = View {
            directories: &self.directories,
            extent,
            versions,
            meters: Arc::clone(&self.meters),
            aliases,
            tail: tail.at(&extent, journal, slice)?,
            rows,
        };
        read(&UsageView::new(organization, &view))
    }
}
