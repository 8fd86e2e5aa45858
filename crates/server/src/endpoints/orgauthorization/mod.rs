//! Trusts, seen from either side.

mod show;
pub(crate) mod trustee;
pub(crate) mod trustees;
pub(crate) mod trustor;
pub(crate) mod trustors;
