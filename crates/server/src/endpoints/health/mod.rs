//! Health checks.

pub(crate) mod live;
pub(crate) mod ready;
