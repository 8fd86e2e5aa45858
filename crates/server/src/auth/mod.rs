//! Who is calling, and for whom.
//!
//! Handlers take these extractors, and cannot get at anybody's data without
//! them: [`Tenant`] holds an organisation that the caller may act for,
//! [`TrustedCustomer`] a customer that trusts it, and [`Operator`] a caller who
//! runs the platform. The types and how they are loaded are the application's;
//! here is how a request names them.

mod caller;
mod credentials;
pub(crate) mod login;
mod tenant;
mod trusted_customer;

pub(crate) use exchequer_app::access::{Caller, Operator, Tenant, TrustedCustomer};
