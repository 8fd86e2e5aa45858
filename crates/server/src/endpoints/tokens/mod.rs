//! The caller's own token.

pub(crate) mod delete_me;
pub(crate) mod get_me;
