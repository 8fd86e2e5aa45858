//! What the endpoints do, apart from HTTP.

pub(crate) mod catalog;
pub(crate) mod login;
pub(crate) mod reports;
pub(crate) mod usage;
