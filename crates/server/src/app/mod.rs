//! What the endpoints do, apart from HTTP.

pub(crate) mod billing;
pub(crate) mod catalog;
pub(crate) mod evidence;
pub(crate) mod login;
pub(crate) mod looks;
pub(crate) mod reports;
pub(crate) mod usage;
