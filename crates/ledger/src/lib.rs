//! The pure usage ledger of Exchequer.
//!
//! Everything here is a function of its arguments: blobs in, blobs out. There
//! is no IO, no clock and no randomness, so a whole world of ingestion, folds,
//! crashes and reports can be replayed from a seed without a database. The
//! rows that a function needs come through the [`Rows`] trait; what it wants
//! stored comes back as a value.

mod batch;
mod codec;
mod cut;
mod directory;
mod evaluate;
mod fold;
#[doc(hidden)]
pub mod fuzz;
mod identity;
mod json;
mod limits;
mod partition;
mod read;
mod rollup;
mod rows;
mod segment;
mod tail;
mod verify;
mod void;

pub use batch::{Batch, BatchBuilder, NewEvent};
pub use codec::damage::Damage;
pub use directory::{Directories, Directory, SubjectBlock};
pub use fold::reroll::{is_stale, reroll};
pub use fold::writes::{FoldWrites, RollupWrite, SegmentWrite};
pub use fold::{FoldJob, fold};
pub use identity::admission::Verdict;
pub use identity::index::{Commit, IdentityCache, IdentityMatches, JournalRow, PartitionIndex};
pub use identity::key::IdentityKey;
pub use identity::run::{RunBuilder, RunMeta, RunPage, merge_runs, runs_to_merge};
pub use identity::targets::ForeignVoids;
pub use json::top_level_field;
pub use partition::{Partition, Partitions, Request, RequestBuilder, RequestShare};
pub use read::export::{SentEvent, folded_events, unfolded_events};
pub use read::recent::Trial;
pub use read::{
    CountingRules, DaySeq, EventCursor, EventFilter, EventPage, EventPaging, ListedEvent, Mark,
    Resource, Usage, UsageReport, cut_days, days, events, is_touched, last_seq, meters_at,
    needs_segments, series, totals, totals_as_of, usage_report, usage_report_as_of, window,
};
pub use rows::{PartBounds, PartRow, RollupRow, Rows, SegmentRow, VoidRow};
pub use tail::{Extent, Seq, Tail, TailBatch, TailSlice};
pub use verify::{Checked, Finding, Inventory, Observer, PartColumns, verify};
