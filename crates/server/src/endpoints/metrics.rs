//! `GET /metrics`.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// Returns the server's metrics for Prometheus.
///
/// They are in the text format of Prometheus, and need no token.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "Operations",
    operation_id = "getMetrics",
    responses((status = 200, description = "The metrics as Prometheus text.", body = String,
        content_type = "text/plain")),
)]
pub(crate) async fn get() -> impl IntoResponse {
    let text = crate::metrics::render();
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        text,
    )
}
