//! The endpoints. A resource has one file with its operations; an endpoint with logic
//! of its own has a file to itself. The router lists them all.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

pub(crate) mod billing;
pub(crate) mod catalog;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod oauth;
pub(crate) mod openapi;
pub(crate) mod organizations;
pub(crate) mod orgauthorization;
pub(crate) mod tokens;

use crate::error::ApiError;

/// Returns a JSON answer.
fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Response, ApiError> {
    let text = serde_json::to_string(body).map_err(|error| ApiError::internal().because(error))?;
    Ok((status, [(CONTENT_TYPE, "application/json")], text).into_response())
}

/// Returns a JSON answer with status 200.
fn ok<T: Serialize>(body: &T) -> Result<Response, ApiError> {
    json(StatusCode::OK, body)
}
