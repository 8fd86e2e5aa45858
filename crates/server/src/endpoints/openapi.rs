//! `GET /openapi.json`.

use std::sync::Arc;

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::openapi::OpenApi;

/// The text of the document. It does not change while the server runs.
#[derive(Clone, Default)]
pub(crate) struct Document(Arc<str>);

impl Document {
    pub(crate) fn new(document: &OpenApi) -> Self {
        let text = document.to_json();
        Self(
            text.expect("the document holds only text and numbers")
                .into(),
        )
    }
}

/// Returns this document.
///
/// It is the OpenAPI document of the version that is running.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Operations",
    operation_id = "getOpenapi",
    responses((status = 200, description = "The OpenAPI 3.1 document.", body = serde_json::Value)),
)]
pub(crate) async fn get(Extension(Document(text)): Extension<Document>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text.to_string())
}
