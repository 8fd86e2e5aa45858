//! Documents of the catalog (contract, meter, client, product, trust): from what the
//! wire and the database hold to the domain, checked.
//!
//! Each is checked on its own here; how it gets on with the rest of the catalog
//! is up to the store, in the transaction that keeps it.

pub mod aliases;
pub mod client;
pub mod contract;
mod invalid;
pub mod meter;
pub mod name;
pub mod product;
pub(crate) mod reason;
pub mod trust;

pub use invalid::InvalidDocument;
