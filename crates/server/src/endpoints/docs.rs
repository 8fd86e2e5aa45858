//! `GET /docs`: the API as a page to read, made from the OpenAPI document.
//!
//! Swagger UI comes with the program, so the page works offline; its policy
//! forbids the browser to ask anybody else.

use axum::extract::Path;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use exchequer_types::ErrorBody;

use crate::error::ApiError;

const PAGE: &str = include_str!("docs/page.html");

/// Styles are also set on elements; nothing else is inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// What the page loads: name, type and text.
const FILES: [(&str, &str, &str); 3] = [
    ("start.js", SCRIPT, include_str!("docs/start.js")),
    (
        "swagger-ui-bundle.js",
        SCRIPT,
        include_str!("docs/vendor/swagger-ui-bundle.js"),
    ),
    (
        "swagger-ui.css",
        "text/css; charset=utf-8",
        include_str!("docs/vendor/swagger-ui.css"),
    ),
];

fn answer(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, text).into_response()
}

/// Shows the API as a page to read and to try.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "Operations",
    operation_id = "getDocs",
    responses((status = 200, description = "The page.", body = String,
        content_type = "text/html")),
)]
pub(crate) async fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// Shows a file of the page.
#[utoipa::path(
    get,
    path = "/docs/{file}",
    tag = "Operations",
    operation_id = "getDocsFile",
    params(("file" = String, Path, description = "The file's name.")),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/javascript"),
        (status = 404, description = "There is no such file.", body = ErrorBody),
    ),
)]
pub(crate) async fn file(Path(file): Path<String>) -> Result<Response, ApiError> {
    let found = FILES.iter().find(|(name, ..)| *name == file);
    let (_, kind, text) = found.ok_or_else(ApiError::not_found)?;
    Ok(answer(kind, text))
}
