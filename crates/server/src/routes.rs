//! The one table of who may call what.
//!
//! The extractors look a request up here before a handler runs, the OpenAPI
//! document describes itself from here, and the tenant test walks it. A route
//! that is missing here answers nobody.

use axum::http::Method;

/// Whose things a route shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// Nobody's: no token is asked for.
    Public,
    /// Those of the caller's organisation; an operator's client may name
    /// another as `organizationId`.
    Own,
    /// Those of an organisation that the path names, and that is bound to the
    /// caller's by a trust. Any other does not exist for the caller.
    Trust,
    /// The platform's: only an operator's clients may call it.
    Operator,
}

/// One row: a method on a path, and who may call it.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, with `{name}` in the places of its parameters.
    pub path: &'static str,
    /// Any of these permissions is enough; none is needed if there are none.
    pub permissions: &'static [&'static str],
    /// Whose things it shows.
    pub tenant: Tenant,
}

const ADD: &[&str] = &["billing:usage:add"];
const REPORT: &[&str] = &["billing:subscription:read", "billing:subscription:view"];
const SUBSCRIPTION: &[&str] = &["billing:subscription:view"];
const OVERVIEW: &[&str] = &["affiliateOrganization:clientBilling:view"];
const TRUSTORS: &[&str] = &["authorization:orgTrustor:view"];
const TRUSTEES: &[&str] = &["authorization:orgTrustee:view"];
const VIEW: &[&str] = &["billing:catalog:view", "billing:catalog:edit"];
const EDIT: &[&str] = &["billing:catalog:edit"];

const fn public(method: &'static str, path: &'static str) -> Route {
    Route {
        method,
        path,
        permissions: &[],
        tenant: Tenant::Public,
    }
}

const fn own(
    method: &'static str,
    path: &'static str,
    permissions: &'static [&'static str],
) -> Route {
    Route {
        method,
        path,
        permissions,
        tenant: Tenant::Own,
    }
}

const fn trust(path: &'static str, permissions: &'static [&'static str]) -> Route {
    Route {
        tenant: Tenant::Trust,
        ..own("GET", path, permissions)
    }
}

const fn catalog(method: &'static str, path: &'static str) -> Route {
    let permissions = if method.len() == 3 && method.as_bytes()[0] == b'G' {
        VIEW
    } else {
        EDIT
    };
    Route {
        method,
        path,
        permissions,
        tenant: Tenant::Operator,
    }
}

/// Every route. A `GET` also answers `HEAD`.
pub const ROUTES: &[Route] = &[
    public("POST", "/oauth/token"),
    public("POST", "/token"),
    own("GET", "/api/v2/tokens/me", &[]),
    own("DELETE", "/api/v2/tokens/me", &[]),
    own("GET", "/api/v2/organizations/me", &[]),
    own("POST", "/api/v2/billing/usage/events", ADD),
    own("GET", "/api/v2/billing/usage/events", SUBSCRIPTION),
    own("GET", "/api/v2/billing/usage/series", SUBSCRIPTION),
    own("GET", "/api/v2/billing/reports/billableusage", REPORT),
    trust(
        "/api/v2/billing/trusteebillingoverview/{trustorOrgId}",
        OVERVIEW,
    ),
    own("GET", "/api/v2/billing/subscriptionoverview", SUBSCRIPTION),
    own("GET", "/api/v2/billing/periods", SUBSCRIPTION),
    own("GET", "/api/v2/orgauthorization/trustors", TRUSTORS),
    trust("/api/v2/orgauthorization/trustors/{trustorOrgId}", TRUSTORS),
    own("GET", "/api/v2/orgauthorization/trustees", TRUSTEES),
    trust("/api/v2/orgauthorization/trustees/{trusteeOrgId}", TRUSTEES),
    catalog("GET", "/api/v2/billing/catalog/organizations"),
    catalog("GET", "/api/v2/billing/catalog/organizations/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/organizations/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/organizations/{id}"),
    catalog("GET", "/api/v2/billing/catalog/clients"),
    catalog("GET", "/api/v2/billing/catalog/clients/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/clients/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/clients/{id}"),
    catalog("GET", "/api/v2/billing/catalog/meters"),
    catalog("GET", "/api/v2/billing/catalog/meters/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/meters/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/meters/{id}"),
    catalog("GET", "/api/v2/billing/catalog/trusts"),
    catalog("GET", "/api/v2/billing/catalog/trusts/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/trusts/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/trusts/{id}"),
    catalog("GET", "/api/v2/billing/catalog/products"),
    catalog("GET", "/api/v2/billing/catalog/products/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/products/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/products/{id}"),
    catalog("GET", "/api/v2/billing/catalog/contracts"),
    catalog("GET", "/api/v2/billing/catalog/contracts/{id}"),
    catalog("PUT", "/api/v2/billing/catalog/contracts/{id}"),
    catalog("DELETE", "/api/v2/billing/catalog/contracts/{id}"),
    public("GET", "/health/live"),
    public("GET", "/health/ready"),
    public("GET", "/metrics"),
    public("GET", "/openapi.json"),
    public("GET", "/docs"),
    public("GET", "/docs/{file}"),
];

/// The row of a request.
#[must_use]
pub fn find(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if method == Method::HEAD {
        Method::GET
    } else {
        method.clone()
    };
    ROUTES
        .iter()
        .find(|route| route.path == path && route.method == method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_the_catalog_asks_for_less_than_changing_it() {
        let of = |method| find(&method, "/api/v2/billing/catalog/meters/{id}").unwrap();
        assert!(
            of(Method::GET)
                .permissions
                .contains(&"billing:catalog:view")
        );
        assert!(
            of(Method::HEAD)
                .permissions
                .contains(&"billing:catalog:view")
        );
        assert_eq!(of(Method::PUT).permissions, EDIT);
        assert_eq!(of(Method::DELETE).permissions, EDIT);
        assert!(find(&Method::POST, "/api/v2/billing/catalog/meters/{id}").is_none());
    }
}
