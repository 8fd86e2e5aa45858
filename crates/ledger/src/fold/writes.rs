//! The rows that a fold or a re-roll stores.

use exchequer_core::{Day, Instant, OrganizationId};

use crate::directory::SubjectBlock;
use crate::identity::run::{RunMeta, RunPage};
use crate::rows::VoidRow;
use crate::tail::Seq;

/// A segment part to store.
pub struct SegmentWrite {
    /// The organisation of the events.
    pub organization: OrganizationId,
    /// Their UTC day.
    pub day: Day,
    /// Number of the part.
    pub part: u32,
    /// The number of its events.
    pub events: u32,
    /// Instants of the first and last event.
    pub times: (Instant, Instant),
    /// Lowest and highest seq.
    pub seqs: (Seq, Seq),
    /// All columns but `data`.
    pub blob: Vec<u8>,
    /// The `data` column.
    pub data: Vec<u8>,
}

/// A rollup to store in place of the one of its day.
pub struct RollupWrite {
    /// The organisation of the day.
    pub organization: OrganizationId,
    /// The UTC day.
    pub day: Day,
    /// Catalog revision up to which it is complete.
    pub revision: u64,
    /// Highest seq of an event that touches the day.
    pub last_seq: u64,
    /// The encoded rollup.
    pub blob: Vec<u8>,
}

/// All rows of a fold. They belong into one transaction.
#[derive(Default)]
pub struct FoldWrites {
    /// The folded seq afterwards.
    pub upto: Seq,
    /// Parts that others absorbed, to delete first.
    pub absorbed: Vec<(OrganizationId, Day, u32)>,
    /// Parts to insert.
    pub segments: Vec<SegmentWrite>,
    /// Blocks of names to insert or replace.
    pub subjects: Vec<SubjectBlock>,
    /// Rollups to insert or replace.
    pub rollups: Vec<RollupWrite>,
    /// Voids to insert, or to replace those of their day. The rollup of such a day
    /// is stored as stale: it may hold events that are void now.
    pub voids: Vec<(OrganizationId, VoidRow)>,
    /// Pages of the identity run.
    pub pages: Vec<RunPage>,
    /// Chunks of its filter, as stored.
    pub filter: Vec<Vec<u8>>,
    /// The run itself, with number 0: it gets one when it is stored.
    pub run: Option<RunMeta>,
}
