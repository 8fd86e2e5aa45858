//! Access tokens for clients.

mod issue;
pub(crate) mod metadata;
pub(crate) mod token;
pub(crate) mod token_ruby;
