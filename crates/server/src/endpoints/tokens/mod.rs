//! The caller's own token.

const PATH: &str = "/api/v2/tokens/me";

pub(crate) mod delete_me;
pub(crate) mod get_me;
