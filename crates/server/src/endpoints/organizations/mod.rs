//! The caller's own organisation.

pub(crate) mod me;
