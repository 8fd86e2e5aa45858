//! Values of the domain as the wire has them. The endpoints have their own
//! small ones; here are those that several share, or that take more than a line
//! a field.

mod charges;
pub(crate) mod ingested;
mod notes;
pub(crate) mod overview;
mod rows;
pub(crate) mod usage;
