//! Who is calling, and for whom.
//!
//! Handlers take these extractors, and cannot get at a tenant's things without
//! them: [`Tenant`] holds an organisation that the caller may act for,
//! [`Managed`] a customer that trusts it, and [`Operator`] a caller who runs
//! the platform.

mod bearer;
mod credentials;
mod extract;
mod managed;
mod tenant;

pub(crate) use bearer::AccessToken;
pub(crate) use credentials::Credentials;
pub(crate) use extract::Caller;
pub(crate) use managed::Managed;
pub(crate) use tenant::{Operator, Tenant};
