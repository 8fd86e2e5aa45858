//! Prefetched rows of a report as the ledger's functions read them.

use std::ops::Range;
use std::sync::Arc;

use exchequer_core::{Day, OrganizationId};
use exchequer_ledger::{
    Damage, IdentityKey, PartBounds, PartRow, RollupRow, Rows, SegmentRow, Seq, TailBatch, VoidRow,
};

use super::ReportPrefetch;
use crate::error::{Cause, StoreError};
use crate::rows::{StoredRows, batch};

/// The place where a report reads rows that were not prefetched.
pub(crate) trait Fallback {
    /// The error of a read.
    type Error: From<StoreError>;

    /// Returns the store's rows, if there is a connection to it.
    fn store(&self) -> Result<StoredRows<'_>, Self::Error>;
}

impl Fallback for StoredRows<'_> {
    type Error = StoreError;

    fn store(&self) -> Result<StoredRows<'_>, StoreError> {
        Ok(*self)
    }
}

/// The fallback of a report that is made from memory alone: there is none.
pub(crate) struct Memory;

impl Fallback for Memory {
    type Error = Missed;

    fn store(&self) -> Result<StoredRows<'_>, Missed> {
        Err(Missed::NotPrefetched)
    }
}

/// The outcome of a report that could not be made from memory alone.
pub(crate) enum Missed {
    /// The report needs a row that was not prefetched.
    NotPrefetched,
    /// The report failed, and would fail with a connection as well.
    Failed(StoreError),
}

impl From<StoreError> for Missed {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// The rows of a report: prefetched ones as long as there are any, and the
/// fallback for the rest.
pub(crate) struct ReportRows<'a, F> {
    prefetch: &'a ReportPrefetch,
    fallback: F,
}

impl<'a, F: Fallback> ReportRows<'a, F> {
    pub(crate) fn new(prefetch: &'a ReportPrefetch, fallback: F) -> Self {
        Self { prefetch, fallback }
    }

    /// Returns the acknowledged batches after a seq, in their order.
    pub(crate) fn journal(
        &self,
        after: Seq,
        key: &IdentityKey,
    ) -> Result<Vec<Arc<TailBatch>>, F::Error> {
        let Some(prefetched) = self.prefetch.journal(after) else {
            return Ok(self.fallback.store()?.journal(after, key)?);
        };
        let batches = prefetched.iter();
        let batches = batches.map(|(first, blob)| batch(*first, blob, key).map_err(Into::into));
        batches.collect()
    }
}

impl<F: Fallback> Rows for ReportRows<'_, F> {
    type Error = F::Error;

    fn damaged(&self, what: String, damage: Damage) -> F::Error {
        StoreError::corrupt(what, Cause::from_error(damage)).into()
    }

    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, F::Error> {
        match self.prefetch.rollups(organization, &days) {
            Some(rows) => Ok(rows),
            None => Ok(self.fallback.store()?.rollups(organization, days)?),
        }
    }

    fn revisions(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, F::Error> {
        match self.prefetch.revisions(organization, &days) {
            Some(revisions) => Ok(revisions),
            None => Ok(self.fallback.store()?.revisions(organization, days)?),
        }
    }

    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, F::Error> {
        match self.prefetch.segments(organization, &days) {
            // Data that is missing here is asked for by `segment`.
            Some(rows) => Ok(rows),
            None => {
                let store = self.fallback.store()?;
                Ok(store.segments(organization, days, with_data)?)
            }
        }
    }

    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, F::Error> {
        Ok(self.fallback.store()?.segment(organization, day, part)?)
    }

    fn voids(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<VoidRow>, F::Error> {
        match self.prefetch.voids(organization, &days) {
            Some(rows) => Ok(rows),
            None => Ok(self.fallback.store()?.voids(organization, days)?),
        }
    }

    fn bounds(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<PartBounds>, F::Error> {
        Ok(self.fallback.store()?.bounds(organization, days)?)
    }

    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, F::Error> {
        Ok(self.fallback.store()?.parts(organization, day)?)
    }

    fn subjects(&self, organization: OrganizationId) -> Result<u32, F::Error> {
        match self.prefetch.contents(organization) {
            Some(contents) => Ok(contents.subjects),
            None => Ok(self.fallback.store()?.subjects(organization)?),
        }
    }

    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, F::Error> {
        Ok(self.fallback.store()?.subject_blocks(organization, from)?)
    }

    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, F::Error> {
        Ok(self.fallback.store()?.run_page(run, page)?)
    }

    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, F::Error> {
        Ok(self.fallback.store()?.filter_chunk(run, chunk)?)
    }
}
