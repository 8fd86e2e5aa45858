//! All routes: registering one and documenting it is one line.

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::endpoints::{
    billing, catalog, docs, health, metrics, oauth, openapi, organizations, orgauthorization,
    tokens,
};
use crate::error::ApiError;
use crate::middleware;
use crate::state::AppState;

/// The routes and their documentation.
pub(crate) fn api() -> OpenApiRouter<AppState> {
    let unpack = RequestDecompressionLayer::new().pass_through_unaccepted(true);
    OpenApiRouter::with_openapi(crate::openapi::head())
        .routes(routes!(oauth::token::post))
        .routes(routes!(oauth::token_ruby::post))
        .routes(routes!(tokens::get_me::get, tokens::delete_me::delete))
        .routes(routes!(organizations::me::get))
        .routes(routes!(billing::usage_events::post).layer(unpack))
        .routes(routes!(billing::usage_events_list::get))
        .routes(routes!(billing::usage_series::get))
        .routes(routes!(billing::billableusage::get))
        .routes(routes!(billing::trusteebillingoverview::get))
        .routes(routes!(billing::subscriptionoverview::get))
        .routes(routes!(billing::periods::get))
        .routes(routes!(orgauthorization::trustors::get))
        .routes(routes!(orgauthorization::trustor::get))
        .routes(routes!(orgauthorization::trustees::get))
        .routes(routes!(orgauthorization::trustee::get))
        .routes(routes!(catalog::organizations::list))
        .routes(routes!(catalog::organizations::get))
        .routes(routes!(catalog::organizations::put))
        .routes(routes!(catalog::organizations::delete))
        .routes(routes!(catalog::clients::list))
        .routes(routes!(catalog::clients::get))
        .routes(routes!(catalog::clients::put))
        .routes(routes!(catalog::clients::delete))
        .routes(routes!(catalog::meters::list))
        .routes(routes!(catalog::meters::get))
        .routes(routes!(catalog::meters::put))
        .routes(routes!(catalog::meters::delete))
        .routes(routes!(catalog::trusts::list))
        .routes(routes!(catalog::trusts::get))
        .routes(routes!(catalog::trusts::put))
        .routes(routes!(catalog::trusts::delete))
        .routes(routes!(catalog::products::list))
        .routes(routes!(catalog::products::get))
        .routes(routes!(catalog::products::put))
        .routes(routes!(catalog::products::delete))
        .routes(routes!(catalog::contracts::list))
        .routes(routes!(catalog::contracts::get))
        .routes(routes!(catalog::contracts::put))
        .routes(routes!(catalog::contracts::delete))
        .routes(routes!(health::live::get))
        .routes(routes!(health::ready::get))
        .routes(routes!(metrics::get))
        .routes(routes!(openapi::get))
        .routes(routes!(docs::page))
        .routes(routes!(docs::file))
}

/// The whole server as a service, without a socket.
pub fn router(state: AppState) -> Router {
    let (routes, _) = api().split_for_parts();
    routes
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(from_fn_with_state(state.clone(), middleware::time_out))
        .layer(CatchPanicLayer::custom(middleware::on_panic))
        .layer(from_fn_with_state(state.clone(), middleware::edge))
        .with_state(state)
}
