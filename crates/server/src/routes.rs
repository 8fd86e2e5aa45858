//! The rows of the routes: path, permissions, and whose data each shows.
//!
//! The router states it beside each endpoint, in one list, and hands the row to
//! the request. From that row the extractors decide whom they let in, the
//! OpenAPI document says what a caller needs, and the tenant test knows what to
//! try. A request without a row is let in by no extractor.

/// The owner of the data that a route shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody's data: no token is asked for.
    Public,
    /// The data of the caller's organisation. A client of the operator may name
    /// another organisation as `organizationId`.
    Own,
    /// The data of an organisation that the path names and that a trust binds
    /// to the caller's. To the caller, any other organisation does not exist.
    Trustor,
    /// The platform's data: only clients of the operator may call the route.
    Operator,
}

/// A method on a path, and who may call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, with `{name}` in the places of its parameters.
    pub path: String,
    /// The permissions of which the caller needs any one. Empty if none is needed.
    pub permissions: &'static [&'static str],
    /// The owner of the data that the route shows.
    pub access: Access,
}

/// Sets of permissions of which any one is enough.
pub(crate) mod permissions {
    use exchequer_app::access::{USAGE_ADD, USAGE_VOID};

    /// What an event needs depends on whether it voids another one.
    pub(crate) const SEND_USAGE: &[&str] = &[USAGE_ADD, USAGE_VOID];
    pub(crate) const VIEW_REPORT: &[&str] =
        &["billing:subscription:read", "billing:subscription:view"];
    pub(crate) const VIEW_SUBSCRIPTION: &[&str] = &["billing:subscription:view"];
    pub(crate) const VIEW_CUSTOMER_BILLING: &[&str] = &["affiliateOrganization:clientBilling:view"];
    pub(crate) const VIEW_TRUSTORS: &[&str] = &["authorization:orgTrustor:view"];
    pub(crate) const VIEW_TRUSTEES: &[&str] = &["authorization:orgTrustee:view"];
    /// Includes the permission to edit: whoever may change the catalog may also read it.
    pub(crate) const VIEW_CATALOG: &[&str] = &["billing:catalog:view", "billing:catalog:edit"];
    pub(crate) const EDIT_CATALOG: &[&str] = &["billing:catalog:edit"];
    pub(crate) const CLOSE_PERIODS: &[&str] = &["billing:period:close"];
    pub(crate) const CORRECT_PERIODS: &[&str] = &["billing:period:correct"];
}
