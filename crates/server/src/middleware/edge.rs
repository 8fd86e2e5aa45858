//! The outermost layer: correlation id, headers, error bodies, log, metrics.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::header::{CACHE_CONTROL, EXPIRES, PRAGMA, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use exchequer_app::RateLimitStatus;
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use super::context::RequestContext;
use crate::error::render::finish;
use crate::state::HttpState;

pub(super) const CORRELATION: HeaderName = HeaderName::from_static("inin-correlation-id");

const EVERYWHERE: [(HeaderName, HeaderValue); 5] = [
    (
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store, must-revalidate"),
    ),
    (PRAGMA, HeaderValue::from_static("no-cache")),
    (EXPIRES, HeaderValue::from_static("0")),
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The correlation id of a request, for refusals that are a part of an answer.
#[derive(Clone)]
pub(crate) struct CorrelationId(pub(crate) String);

/// Answers one request, whatever happens inside.
pub(crate) async fn edge(
    State(state): State<HttpState>,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let id = correlation_id(request.headers(), &state);
    let context = RequestContext::default();
    request.extensions_mut().insert(context.clone());
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route
        .as_ref()
        .map_or("none", MatchedPath::as_str)
        .to_owned();

    let span = tracing::info_span!("request", correlation = %id);
    let answer = next.run(request).instrument(span).await;

    let mut response = finish(answer, &id);
    let headers = response.headers_mut();
    headers.extend(EVERYWHERE);
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(CORRELATION, id);
    }
    if let Some(status) = context.rate_limit() {
        insert_rate_limit(headers, status);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    let client = context.client().map(tracing::field::display);
    tracing::info!(%method, route, status, seconds, client, correlation = id, "answered");
    count(method.as_str(), &route, status, seconds);
    response
}

/// Returns the caller's own id if it is a UUID, so that both logs tell the same story;
/// anything else could be made to lie in ours.
fn correlation_id(headers: &HeaderMap, state: &HttpState) -> String {
    let given = headers
        .get(&CORRELATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|text| Uuid::try_parse(text).ok());
    given
        .unwrap_or_else(|| state.app().ambient().id())
        .to_string()
}

fn insert_rate_limit(headers: &mut HeaderMap, status: RateLimitStatus) {
    headers.insert("inin-ratelimit-count", status.count.into());
    headers.insert("inin-ratelimit-allowed", status.allowed.into());
    headers.insert("inin-ratelimit-reset", status.reset.into());
}

fn count(method: &str, route: &str, status: u16, seconds: f64) {
    // A method is whatever a client sends; a label must not be.
    let method = match method {
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" => method.to_owned(),
        _ => "other".to_owned(),
    };
    let labels = [
        ("method", method),
        ("route", route.to_owned()),
        ("status", status.to_string()),
    ];
    metrics::counter!("exchequer_http_requests_total", &labels).increment(1);
    metrics::histogram!("exchequer_http_request_seconds", "route" => route.to_owned())
        .record(seconds);
}
