//! Extractors, which an endpoint cannot get at anybody's data without.
//!
//! | extractor | guarantees to the endpoint |
//! | --- | --- |
//! | [`Caller`] | a valid token within its rate limit, with a permission of the route |
//! | [`Tenant`] | also an organisation that the caller may act for |
//! | [`TrustedCustomer`] | also a customer that trusts this organisation at the moment |
//! | [`Operator`] | a caller whose organisation runs the platform |
//!
//! The types and how they are loaded are in `exchequer_app::access`; the files here say
//! how a request names them.

mod caller;
mod credentials;
pub(crate) mod login;
mod tenant;
mod trusted_customer;

pub(crate) use exchequer_app::access::{Caller, Operator, Tenant, TrustedCustomer};
