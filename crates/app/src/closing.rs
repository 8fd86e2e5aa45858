//! Closing billing periods, and adjusting those that are closed.
//!
//! A contract is *looked at* on one snapshot, without a lock. That gives a [`Plan`]: entries
//! for its chain, and where its periods stand then. One short transaction stores it, if the
//! contract is still what it was; else it is looked at again. So a close happens once, on any
//! node, and rests on what its basis says.

mod contract_at;
mod correct;
mod failures;
mod frozen;
mod listing;
mod opening;
mod plan;
mod queue;
pub mod record;
mod settle;
mod terms;
mod verify;

pub use correct::{Corrected, correct};
pub use failures::{FailingContract, failing, troubles};
pub(crate) use frozen::{Frozen, frozen};
pub use listing::{ListedEntry, entries};
pub(crate) use opening::opening;
pub use plan::{Ask, Plan};
pub use queue::close_due;
pub use settle::{Closed, close, close_all};
pub(crate) use terms::billing_from;
pub use terms::{find as find_terms, put as put_terms};
pub use verify::{CheckedEntries, verify};
