//! The pure usage ledger of Exchequer.
//!
//! Everything here is a function of its arguments: blobs in, blobs out. There
//! is no IO, no clock and no randomness, so a whole world of ingestion, folds,
//! crashes and reports can be replayed from a seed without a database. The
//! rows that a function needs come through the [`Rows`] trait; what it wants
//! stored comes back as a value.

mod admission;
mod batch;
mod directory;
mod evaluate;
mod export;
mod filter;
mod fold;
mod frame;
#[doc(hidden)]
pub mod fuzz;
mod identity;
mod json;
mod live;
mod partition;
mod read;
mod reroll;
mod rollup;
mod rows;
mod run;
mod segment;
mod sparse;
mod strings;
mod tail;
mod varint;
mod verify;
mod voids;

pub use admission::Verdict;
pub use batch::{Batch, BatchBuilder, NewEvent};
pub use directory::{Directories, Directory, SubjectBlock};
pub use export::{folded_events, unfolded_events};
pub use fold::{FoldJob, FoldWrites, RollupWrite, SegmentWrite, fold};
pub use frame::Damage;
pub use identity::IdentityKey;
pub use json::top_level_field;
pub use live::{Commit, JournalRow, Known, Live, Recall};
pub use partition::{Partition, Partitions, Request, RequestBuilder, RequestShare};
pub use read::{
    EventCursor, EventFilter, EventPage, EventPaging, ListedEvent, Resource, Usage, UsageReport,
    cut_days, days, events, last_seq, needs_segments, read, series, totals, window,
};
pub use reroll::{is_stale, reroll};
pub use rows::{PartBounds, PartRow, RollupRow, Rows, SegmentRow, VoidRow};
pub use run::{RunBuilder, RunMeta, RunPage, merge_runs, runs_to_merge};
pub use tail::{Extent, Seq, Tail, TailBatch, TailSlice};
pub use verify::{Checked, Finding, Inventory, Observer, PartColumns, verify};
