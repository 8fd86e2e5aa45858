//! `GET /openapi.json`.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// It does not change while the server runs.
static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| crate::openapi::openapi().to_json().unwrap_or_default());

/// Shows this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Operations",
    operation_id = "getOpenapi",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)),
)]
pub(crate) async fn get() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}
