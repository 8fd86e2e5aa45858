//! Views of the usage of an organisation, each of one snapshot.

use std::sync::Arc;

use exchequer_core::{Aliases, MeterSet, MeteredRange, OrganizationId, Totals};
use exchequer_ledger::{
    CountingRules, Directories, Extent, IdentityKey, Seq, Tail, TailBatch, TailSlice, totals,
};

use super::{Inner, Store};
use crate::database::blocking;
use crate::error::StoreError;
use crate::rows::{RuleVersions, StoredRows};
use crate::sql::Snapshot;

/// The usage of an organisation as one snapshot sees it: folded events in rows,
/// unfolded ones in the tail.
pub(super) struct View<'a> {
    pub(super) directories: &'a Directories,
    pub(super) extent: Extent,
    pub(super) versions: RuleVersions,
    pub(super) meters: Arc<MeterSet>,
    pub(super) aliases: Arc<Aliases>,
    pub(super) tail: TailSlice,
    pub(super) rows: StoredRows<'a>,
}

impl View<'_> {
    /// Returns the rules by which events are counted.
    pub(super) fn rules(&self) -> CountingRules<'_> {
        CountingRules {
            meters: &self.meters,
            aliases: &self.aliases,
        }
    }

    /// Returns the total of each meter over a range.
    pub(super) fn totals(
        &self,
        organization: OrganizationId,
        range: MeteredRange,
    ) -> Result<Totals, StoreError> {
        totals(
            organization,
            range,
            self.rules(),
            &self.tail,
            self.directories,
            &self.rows,
        )
    }
}

impl Inner {
    /// Returns the rows of the partition of an organisation.
    pub(super) fn rows<'a>(
        &self,
        db: &Snapshot<'a>,
        organization: OrganizationId,
    ) -> StoredRows<'a> {
        StoredRows::new(
            *db,
            self.folder.shared.partitions.partition_of(organization),
        )
    }

    /// Returns the unfolded events of an organisation at this extent. Batches
    /// that are not in memory are read with `journal`.
    pub(super) fn tail_slice(
        &self,
        organization: OrganizationId,
        extent: &Extent,
        journal: impl Fn(Seq, &IdentityKey) -> Result<Vec<Arc<TailBatch>>, StoreError>,
    ) -> Result<TailSlice, StoreError> {
        let shared = &self.folder.shared;
        let partition = shared.partitions.partition_of(organization);
        let slice = |tail: &Tail| tail.slice(organization).within(extent);
        shared.tail(partition).at(extent, journal, slice)
    }
}

impl Store {
    /// Runs `read` with a view of an organisation, on a blocking thread.
    pub(super) async fn read_view<T, F>(
        &self,
        organization: OrganizationId,
        read: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = move || {
            inner.readers.take(|db| {
                let rows = inner.rows(db, organization);
                let (extent, versions) = rows.extent_and_rules(organization)?;
                let journal = |after: Seq, key: &IdentityKey| rows.journal(after, key);
                let shared = &inner.folder.shared;
                read(&View {
                    directories: &shared.directories,
                    extent,
                    versions,
                    meters: inner.folder.meters.at(db, versions.meters)?,
                    aliases: shared.aliases.at(db, organization, versions.aliases)?,
                    tail: inner.tail_slice(organization, &extent, journal)?,
                    rows,
                })
            })
        };
        blocking(work).await
    }
}
