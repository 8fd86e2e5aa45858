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
mod filter;
mod fold;
mod frame;
mod identity;
mod json;
mod live;
mod read;
mod reroll;
mod rollup;
mod rows;
mod run;
mod segment;
mod strings;
mod tail;
mod varint;

pub use admission::Verdict;
pub use batch::{Batch, BatchBuilder, NewEvent};
pub use directory::{Directories, Directory, SubjectBlock};
pub use fold::{FoldJob, FoldWrites, RollupWrite, SegmentWrite, fold};
pub use frame::Damage;
pub use identity::IdentityKey;
pub use json::top_level_field;
pub use live::{Commit, JournalRow, Live, Loaded, MergeJob};
pub use read::{Resource, Usage, UsageReport, last_seq, read, totals};
pub use reroll::{is_stale, reroll};
pub use rows::{PartRow, RollupRow, Rows, SegmentRow};
pub use run::{RunBuilder, RunMeta, RunPage, merge_runs, runs_to_merge};
pub use tail::{Seq, Tail, TailBatch, TailSlice};
