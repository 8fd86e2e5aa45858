//! The merged read of a range.
//!
//! | part of the range | read from |
//! | --- | --- |
//! | whole days | rollups |
//! | days that the range cuts, at its edges | segments; sessions from the rollup's spans, clipped |
//! | stale days, and days with unfolded voids | segments |
//! | unfolded events | the tail |
//! | as of a mark: days with something above it | segments, up to the mark |
//!
//! Every event is in exactly one of them: a fold moves it in one transaction,
//! and a reader's tail is cut at the folded seq of its snapshot.

mod as_of;
mod event_filter;
mod events;
pub(crate) mod export;
mod later;
mod merged;
mod names;
mod points;
mod range;
mod reading;
pub(crate) mod recent;
mod report;
mod rules;
mod series;
mod spans;
mod stale;
mod touched;
mod usage;
mod voids;

pub use as_of::{Mark, meters_at};
pub use event_filter::{EventCursor, EventFilter, EventPage, EventPaging, ListedEvent};
pub use events::events;
pub use range::{cut_days, days, window};
pub use report::{Resource, Usage, UsageReport};
pub use rules::CountingRules;
pub use series::series;
pub use stale::needs_segments;
pub use touched::{DaySeq, is_touched};
pub use usage::{last_seq, totals, totals_as_of, usage_report, usage_report_as_of};
