//! Leave for pages of other origins to call the API from a browser.

use std::time::Duration;

use axum::http::header::{ETAG, RETRY_AFTER};
use axum::http::{HeaderName, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use super::edge::CORRELATION;
use crate::origin::Origins;

/// What a page needs beside the body. A browser hides any other header.
const EXPOSED: [HeaderName; 6] = [
    ETAG,
    RETRY_AFTER,
    CORRELATION,
    HeaderName::from_static("inin-ratelimit-count"),
    HeaderName::from_static("inin-ratelimit-allowed"),
    HeaderName::from_static("inin-ratelimit-reset"),
];

/// Returns the layer that answers a browser's questions; `None` if no other origin may
/// call. A caller shows its token in a header and never in a cookie, so no request gains
/// by the browser that it comes from.
pub(crate) fn cors(origins: &Origins) -> Option<CorsLayer> {
    let allowed = match origins {
        Origins::None => return None,
        Origins::Any => Any.into(),
        Origins::Listed(_) => AllowOrigin::list(origins.headers()),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
        ])
        // SDKs send headers of their own, such as `purecloud-sdk`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED)
        .max_age(Duration::from_secs(3600));
    Some(layer)
}
