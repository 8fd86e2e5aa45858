//! Values of the domain as the wire has them. The endpoints have their own
//! small ones; here are those that several share, or that take more than a line
//! a field.

mod charges;
pub(crate) mod contract_periods;
pub(crate) mod contracts;
mod decimals;
pub(crate) mod entries;
pub(crate) mod ingested;
mod notes;
pub(crate) mod overview;
mod rows;
pub(crate) mod usage;
