//! All routes. One line registers an endpoint, says who may call it, and
//! documents it; its path stands at the endpoint.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::endpoints::openapi::Document;
use crate::endpoints::{
    billing, catalog, docs, health, metrics, oauth, openapi as document, organizations,
    orgauthorization, tokens,
};
use crate::error::ApiError;
use crate::middleware;
use crate::openapi::{complete, describe_access, head};
use crate::origin::Origins;
use crate::routes::permissions::{
    CLOSE_PERIODS, CORRECT_PERIODS, EDIT_CATALOG, SEND_USAGE, VIEW_CATALOG, VIEW_CUSTOMER_BILLING,
    VIEW_REPORT, VIEW_SUBSCRIPTION, VIEW_TRUSTEES, VIEW_TRUSTORS,
};
use crate::routes::{Access, Route};
use crate::state::HttpState;

/// Any client may call the route.
const ANY: &[&str] = &[];

/// Returns every route with who may call it. A `GET` also answers `HEAD`.
fn api(text: Document) -> Api {
    let unpack = RequestDecompressionLayer::new().pass_through_unaccepted(true);
    Api::new()
        .public(routes!(oauth::token::post))
        .public(routes!(oauth::token_ruby::post))
        .public(routes!(oauth::metadata::get))
        .own(ANY, routes!(tokens::get_me::get))
        .own(ANY, routes!(tokens::delete_me::delete))
        .own(ANY, routes!(organizations::me::get))
        .own(
            SEND_USAGE,
            routes!(billing::usage_events::post).layer(unpack),
        )
        .own(VIEW_SUBSCRIPTION, routes!(billing::usage_events_list::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::usage_series::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::usage_unbilled::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::usage_explanation::get))
        .own(VIEW_REPORT, routes!(billing::billableusage::get))
        .trustor(
            VIEW_CUSTOMER_BILLING,
            routes!(billing::trusteebillingoverview::get),
        )
        .own(
            VIEW_SUBSCRIPTION,
            routes!(billing::subscriptionoverview::get),
        )
        .own(VIEW_SUBSCRIPTION, routes!(billing::periods::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::contracts::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::contract::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::contract_period::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::contract_entries::get))
        .own(VIEW_SUBSCRIPTION, routes!(billing::changes::get))
        .operator(CLOSE_PERIODS, routes!(billing::closings::post))
        .operator(CLOSE_PERIODS, routes!(billing::closings::failures))
        .operator(
            CORRECT_PERIODS,
            routes!(billing::contract_corrections::post),
        )
        .own(VIEW_TRUSTORS, routes!(orgauthorization::trustors::get))
        .trustor(VIEW_TRUSTORS, routes!(orgauthorization::trustor::get))
        .own(VIEW_TRUSTEES, routes!(orgauthorization::trustees::get))
        .trustor(VIEW_TRUSTEES, routes!(orgauthorization::trustee::get))
        .operator(VIEW_CATALOG, routes!(catalog::organizations::list))
        .operator(VIEW_CATALOG, routes!(catalog::organizations::get))
        .operator(EDIT_CATALOG, routes!(catalog::organizations::post))
        .operator(EDIT_CATALOG, routes!(catalog::organizations::put))
        .operator(EDIT_CATALOG, routes!(catalog::organizations::delete))
        .operator(VIEW_CATALOG, routes!(catalog::aliases::list))
        .operator(VIEW_CATALOG, routes!(catalog::aliases::get))
        .operator(EDIT_CATALOG, routes!(catalog::aliases::post))
        .operator(EDIT_CATALOG, routes!(catalog::aliases::put))
        .operator(VIEW_CATALOG, routes!(catalog::clients::list))
        .operator(VIEW_CATALOG, routes!(catalog::clients::get))
        .operator(EDIT_CATALOG, routes!(catalog::clients::post))
        .operator(EDIT_CATALOG, routes!(catalog::clients::put))
        .operator(EDIT_CATALOG, routes!(catalog::clients::delete))
        .operator(VIEW_CATALOG, routes!(catalog::meters::list))
        .operator(VIEW_CATALOG, routes!(catalog::meters::get))
        .operator(EDIT_CATALOG, routes!(catalog::meters::put))
        .operator(EDIT_CATALOG, routes!(catalog::meters::delete))
        .operator(VIEW_CATALOG, routes!(catalog::trusts::list))
        .operator(VIEW_CATALOG, routes!(catalog::trusts::get))
        .operator(EDIT_CATALOG, routes!(catalog::trusts::post))
        .operator(EDIT_CATALOG, routes!(catalog::trusts::put))
        .operator(EDIT_CATALOG, routes!(catalog::trusts::delete))
        .operator(VIEW_CATALOG, routes!(catalog::products::list))
        .operator(VIEW_CATALOG, routes!(catalog::products::get))
        .operator(EDIT_CATALOG, routes!(catalog::products::post))
        .operator(EDIT_CATALOG, routes!(catalog::products::put))
        .operator(EDIT_CATALOG, routes!(catalog::products::delete))
        .operator(VIEW_CATALOG, routes!(catalog::contracts::list))
        .operator(VIEW_CATALOG, routes!(catalog::contracts::get))
        .operator(EDIT_CATALOG, routes!(catalog::contracts::post))
        .operator(EDIT_CATALOG, routes!(catalog::contracts::put))
        .operator(EDIT_CATALOG, routes!(catalog::contracts::delete))
        .operator(VIEW_CATALOG, routes!(catalog::closing::get))
        .operator(EDIT_CATALOG, routes!(catalog::closing::put))
        .public(routes!(health::live::get))
        .public(routes!(health::ready::get))
        .public(routes!(metrics::get))
        .public(routes!(document::get).layer(Extension(text)))
        .public(routes!(docs::page))
        .public(routes!(docs::file))
}

/// The routes, their documentation, and the rows of who may call them.
struct Api {
    router: OpenApiRouter<HttpState>,
    rows: Vec<Route>,
}

impl Api {
    fn new() -> Self {
        Self {
            router: OpenApiRouter::with_openapi(head(oauth::token::PATH)),
            rows: Vec::new(),
        }
    }

    fn public(self, endpoint: UtoipaMethodRouter<HttpState>) -> Self {
        self.add(Access::Public, ANY, endpoint)
    }

    fn own(self, any: &'static [&'static str], endpoint: UtoipaMethodRouter<HttpState>) -> Self {
        self.add(Access::Own, any, endpoint)
    }

    fn trustor(
        self,
        any: &'static [&'static str],
        endpoint: UtoipaMethodRouter<HttpState>,
    ) -> Self {
        self.add(Access::Trustor, any, endpoint)
    }

    fn operator(
        self,
        any: &'static [&'static str],
        endpoint: UtoipaMethodRouter<HttpState>,
    ) -> Self {
        self.add(Access::Operator, any, endpoint)
    }

    /// Adds an endpoint. Its row goes into the list, into the documentation and,
    /// as an extension, into each of its requests: so none of the three can say
    /// anything else than the others.
    fn add(
        mut self,
        access: Access,
        permissions: &'static [&'static str],
        (schemas, mut paths, handlers): UtoipaMethodRouter<HttpState>,
    ) -> Self {
        assert_eq!(paths.paths.len(), 1, "an endpoint has one path");
        let (path, item) = paths.paths.iter_mut().next().expect("asserted above");
        let mut row = None;
        for (method, operation) in operations(item) {
            let route = Route {
                method,
                path: path.clone(),
                permissions,
                access,
            };
            describe_access(operation, &route);
            if method == "HEAD" {
                // One function answers both, and each operation has an id of its own.
                let id = operation.operation_id.take();
                operation.operation_id = id.map(|id| id.replacen("get", "head", 1));
            }
            // HEAD comes after GET and is the same row: see `operations`.
            row.get_or_insert(route);
        }
        let row = row.expect("an endpoint has a method");
        self.rows.push(row.clone());
        let handlers = handlers.layer(Extension(Arc::new(row)));
        self.router = self.router.routes((schemas, paths, handlers));
        self
    }
}

/// Returns the operations of a path with their methods, `HEAD` last.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    assert!(
        item.patch.is_none() && item.trace.is_none() && item.options.is_none(),
        "this method has no row yet"
    );
    let all = [
        ("GET", item.get.as_mut()),
        ("POST", item.post.as_mut()),
        ("PUT", item.put.as_mut()),
        ("DELETE", item.delete.as_mut()),
        ("HEAD", item.head.as_mut()),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Returns the rows of all routes: every method on every path with who may call it.
#[must_use]
pub fn route_table() -> Vec<Route> {
    api(Document::default()).rows
}

/// Returns the OpenAPI 3.1 document of the server.
#[must_use]
pub fn openapi() -> OpenApi {
    complete(api(Document::default()).router.into_openapi())
}

/// Returns the whole server as a service, without a socket.
pub(crate) fn router(state: HttpState, origins: &Origins) -> Router {
    let (routes, _) = api(Document::new(&openapi())).router.split_for_parts();
    let routes = routes
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(state.clone(), middleware::time_out))
        .layer(CatchPanicLayer::custom(middleware::on_panic))
        .layer(from_fn_with_state(state.clone(), middleware::edge))
        .with_state(state);
    // Outermost, because `edge` gives a refusal new headers.
    match middleware::cors(origins) {
        Some(cors) => routes.layer(cors),
        None => routes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_as_checked_in() {
        insta::assert_json_snapshot!("openapi", openapi());
    }

    #[test]
    fn every_route_is_in_the_table_and_the_other_way_round() {
        let rows = route_table();
        let document = openapi();
        for route in &rows {
            let item = &document.paths.paths[&route.path];
            let mut item = item.clone();
            assert!(
                operations(&mut item).any(|(method, _)| method == route.method),
                "{} {}",
                route.method,
                route.path
            );
        }
        for (path, item) in &document.paths.paths {
            for (method, _) in operations(&mut item.clone()) {
                let method = if method == "HEAD" { "GET" } else { method };
                let known = rows
                    .iter()
                    .filter(|it| it.method == method && it.path == *path);
                assert_eq!(known.count(), 1, "{method} {path} is not in the table once");
            }
        }
    }

    #[test]
    fn reading_the_catalog_asks_for_less_than_changing_it() {
        let rows = route_table();
        let of = |method: &str| {
            let path = "/api/v2/billing/catalog/meters/{id}";
            rows.iter()
                .find(|row| row.path == path && row.method == method)
                .map(|row| row.permissions)
        };
        assert!(of("GET").unwrap().contains(&"billing:catalog:view"));
        assert_eq!(of("PUT"), Some(EDIT_CATALOG));
        assert_eq!(of("DELETE"), Some(EDIT_CATALOG));
        assert_eq!(of("POST"), None);
    }
}
