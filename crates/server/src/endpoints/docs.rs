//! `GET /docs`: the API as a page to read, made from the OpenAPI document.
//!
//! Swagger UI comes with the program, so the page works offline. Its content
//! security policy forbids the browser to ask any other server.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use exchequer_types::ErrorBody;
use utoipa_swagger_ui::Config;

use crate::error::ApiError;

const PATH: &str = "/docs";

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");

/// Swagger UI sets styles on elements. Nothing else is inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The files that the page loads: name, type and text.
static FILES: LazyLock<[(&str, &str, String); 3]> = LazyLock::new(|| {
    let swagger = |name: &'static str, kind| (name, kind, swagger_ui(name));
    [
        ("start.js", SCRIPT, START.to_owned()),
        swagger("swagger-ui-bundle.js", SCRIPT),
        swagger("swagger-ui.css", STYLE),
    ]
});

/// Returns a file of Swagger UI without its source map: the map is not served,
/// and a browser that looks for it would only find an error.
fn swagger_ui(name: &str) -> String {
    let file = utoipa_swagger_ui::serve(name, Arc::new(Config::from("openapi.json")))
        .expect("only the initializer, which is not served, can fail")
        .expect("the crate has the file: a test loads it");
    let text = std::str::from_utf8(&file.bytes).expect("the file is text");
    text.lines()
        .filter(|line| !line.contains("# sourceMappingURL="))
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn answer(kind: &'static str, text: &'static str) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, text).into_response()
}

/// Returns the API as a page to read and to try.
///
/// It is complete, and loads nothing from elsewhere.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Operations",
    operation_id = "getDocs",
    responses((status = 200, description = "The page.", body = String,
        content_type = "text/html")),
)]
pub(crate) async fn page() -> Response {
    answer("text/html; charset=utf-8", PAGE)
}

/// Returns a file of the page.
///
/// A script, a style sheet, or the settings of the page.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{file}",
    tag = "Operations",
    operation_id = "getDocsFile",
    params(("file" = String, Path, description = "The name of the file.")),
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
