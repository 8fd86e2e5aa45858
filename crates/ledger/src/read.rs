//! The merged read: whole days from rollups, the cut days at the edges of a
//! range from segments, and what is not folded yet from the tail.
//!
//! Every event is in exactly one of them: a fold moves it in one transaction,
//! and the tail that a reader brings is cut at the folded seq of its snapshot.

mod event_filter;
mod events;
pub(crate) mod export;
mod points;
mod range;
mod reading;
mod report;
mod series;
mod spans;
mod stale;
mod usage;
mod voids;

pub use event_filter::{EventCursor, EventFilter, EventPage, EventPaging, ListedEvent};
pub use events::events;
pub use range::{cut_days, days, window};
pub use report::{Resource, Usage, UsageReport};
pub use series::series;
pub use stale::needs_segments;
pub use usage::{last_seq, totals, usage_report};
