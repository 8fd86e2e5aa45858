//! The catalog, which the operator edits. Each resource has a file with its four
//! operations. Their shared halves are here.

pub(crate) mod clients;
mod condition;
pub(crate) mod contracts;
pub(crate) mod meters;
pub(crate) mod organizations;
pub(crate) mod products;
pub(crate) mod trusts;

use axum::http::header::ETAG;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use exchequer_store::catalog::{Deletion, Put};
use serde::Serialize;

use super::json;
use crate::error::ApiError;
use condition::Condition;

/// Returns the answer to a put: the resource as it is now.
fn put_answer<T, B: Serialize>(
    put: Put<T>,
    condition: Condition,
    version: impl Fn(&T) -> u64,
    to_wire: impl Fn(T) -> B,
) -> Result<Response, ApiError> {
    let (status, thing) = match put {
        Put::Created(thing) => (StatusCode::CREATED, thing),
        Put::Changed(thing) | Put::Unchanged(thing) => (StatusCode::OK, thing),
        Put::Stale => return Err(condition.refusal()),
        Put::Refused(why) => return Err(ApiError::conflict(why)),
    };
    let version = version(&thing);
    versioned(json(status, &to_wire(thing))?, version)
}

/// Adds the version of the resource as the `ETag` of an answer.
fn versioned(mut response: Response, version: u64) -> Result<Response, ApiError> {
    let tag = HeaderValue::from_str(&format!("\"{version}\""));
    response
        .headers_mut()
        .insert(ETAG, tag.expect("digits in quotes are a header"));
    Ok(response)
}

/// Returns the answer to a deletion.
fn deletion_answer(deletion: Deletion, condition: Condition) -> Result<Response, ApiError> {
    match deletion {
        Deletion::Deleted => Ok(StatusCode::NO_CONTENT.into_response()),
        Deletion::Absent => Err(ApiError::not_found()),
        Deletion::Stale => Err(condition.refusal()),
        Deletion::InUse(why) => Err(ApiError::conflict(format!(
            "The resource is in use: {why}."
        ))),
    }
}
