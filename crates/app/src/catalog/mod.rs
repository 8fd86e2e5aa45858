//! The catalog: reading and changing what the operator keeps, and telling the
//! rest of the application. One file a resource, with its verbs.

pub mod aliases;
pub mod clients;
pub mod contracts;
pub mod meters;
pub mod organizations;
pub mod products;
pub mod trusts;
