//! The stored rows that the ledger's functions read.

use std::ops::Range;

use exchequer_core::{Day, Instant, OrganizationId};

use crate::codec::damage::Damage;
use crate::tail::Seq;

/// A rollup as stored.
#[derive(Debug, Clone)]
pub struct RollupRow {
    /// The UTC day.
    pub day: Day,
    /// Catalog revision with which it was computed.
    pub revision: u64,
    /// Highest seq of an event that touches the day.
    pub last_seq: u64,
    /// The encoded rollup.
    pub blob: Vec<u8>,
}

/// A segment part as stored.
#[derive(Debug, Clone)]
pub struct SegmentRow {
    /// The UTC day.
    pub day: Day,
    /// Number of the part within its day.
    pub part: u32,
    /// All columns but `data`.
    pub blob: Vec<u8>,
    /// The `data` column, if it was loaded.
    pub data: Option<Vec<u8>>,
}

/// The size of a segment part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRow {
    /// Number of the part within its day.
    pub part: u32,
    /// Events in it.
    pub events: u32,
}

/// A day's voids as stored.
#[derive(Debug, Clone)]
pub struct VoidRow {
    /// The UTC day.
    pub day: Day,
    /// Highest seq of a void of the day.
    pub last_seq: u64,
    /// The events that are void, encoded.
    pub blob: Vec<u8>,
}

/// The bounds of a segment part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartBounds {
    /// The UTC day.
    pub day: Day,
    /// Number of the part within its day.
    pub part: u32,
    /// The instants of its first and its last event.
    pub times: (Instant, Instant),
    /// The lowest seq of its events.
    pub min_seq: Seq,
}

/// One consistent view of the stored rows of a partition.
pub trait Rows {
    /// The error of a read.
    type Error;

    /// Returns an error that names the damaged row.
    fn damaged(&self, what: String, damage: Damage) -> Self::Error;

    /// Rollups of the days, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn rollups(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<RollupRow>, Self::Error>;

    /// Returns the days that have a rollup, each with its revision, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn revisions(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<(Day, u64)>, Self::Error>;

    /// Returns the segment parts of the days, in the order of day and part. Data that was
    /// not asked for may be there all the same.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn segments(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
        with_data: bool,
    ) -> Result<Vec<SegmentRow>, Self::Error>;

    /// Returns one segment part with its data.
    ///
    /// # Errors
    /// The row cannot be read.
    fn segment(
        &self,
        organization: OrganizationId,
        day: Day,
        part: u32,
    ) -> Result<SegmentRow, Self::Error>;

    /// Voids of the days, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn voids(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<VoidRow>, Self::Error>;

    /// Returns the bounds of the parts of the days, in any order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn bounds(
        &self,
        organization: OrganizationId,
        days: Range<Day>,
    ) -> Result<Vec<PartBounds>, Self::Error>;

    /// Returns the parts of one day without their contents, in their order.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn parts(&self, organization: OrganizationId, day: Day) -> Result<Vec<PartRow>, Self::Error>;

    /// Returns the number of subjects of the organisation.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn subjects(&self, organization: OrganizationId) -> Result<u32, Self::Error>;

    /// Returns the organisation's blocks of names, in their order, from a block on.
    ///
    /// # Errors
    /// The rows cannot be read.
    fn subject_blocks(
        &self,
        organization: OrganizationId,
        from: u32,
    ) -> Result<Vec<Vec<u8>>, Self::Error>;

    /// Returns a page of an identity run.
    ///
    /// # Errors
    /// The row cannot be read.
    fn run_page(&self, run: u64, page: u32) -> Result<Vec<u8>, Self::Error>;

    /// Returns a chunk of the filter of an identity run.
    ///
    /// # Errors
    /// The row cannot be read.
    fn filter_chunk(&self, run: u64, chunk: u32) -> Result<Vec<u8>, Self::Error>;
}
