//! Looks at the usage of an organisation, each at one snapshot.

use std::sync::Arc;

use exchequer_core::{MeterSet, OrganizationId};
use exchequer_ledger::{Directories, Extent, Tail, TailSlice};

use super::{Inner, Store};
use crate::database::blocking;
use crate::error::StoreError;
use crate::rows::StoredRows;
use crate::sql::Sql;

/// What a look sees.
pub(super) struct View<'a> {
    pub(super) directories: &'a Directories,
    pub(super) meters: Arc<MeterSet>,
    pub(super) tail: TailSlice,
    pub(super) rows: StoredRows<'a>,
}

impl Inner {
    pub(super) fn rows<'a>(&self, sql: &Sql<'a>, organization: OrganizationId) -> StoredRows<'a> {
        StoredRows::new(
            *sql,
            self.folder.shared.partitions.partition_of(organization),
        )
    }

    /// What there is at this extent and revision of the meters.
    pub(super) fn view<'a>(
        &'a self,
        rows: StoredRows<'a>,
        organization: OrganizationId,
        (extent, revision): (Extent, i64),
    ) -> Result<View<'a>, StoreError> {
        let shared = &self.folder.shared;
        let meters = self.folder.meters.at(&rows.sql, revision)?;
        let slice = |tail: &Tail| tail.slice(organization).within(&extent);
        let tail = shared.tail(rows.partition()).at(&rows, &extent, slice)?;
        Ok(View {
            directories: &shared.directories,
            meters,
            tail,
            rows,
        })
    }
}

impl Store {
    /// Looks at an organisation.
    pub(super) async fn look<T, F>(
        &self,
        organization: OrganizationId,
        look: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let work = move || {
            inner.readers.take(|sql| {
                let rows = inner.rows(sql, organization);
                let seen = rows.extent_and_meters()?;
                look(&inner.view(rows, organization, seen)?)
            })
        };
        blocking(work).await
    }
}
