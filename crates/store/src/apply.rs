//! Storing the results of a commit, a fold, a re-roll or a merge of identity runs.

mod changed;
mod commit;
mod fold;
pub(crate) mod runs;

pub(crate) use commit::commit;
pub(crate) use fold::{fold, reroll};
