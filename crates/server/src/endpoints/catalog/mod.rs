//! The catalog, which the operator edits. Each resource has a file with its
//! operations. Their shared halves are here.

pub(crate) mod aliases;
mod bulk;
pub(crate) mod clients;
pub(crate) mod closing;
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

/// A resource as it is after a put.
struct Written<B> {
    status: StatusCode,
    version: u64,
    body: B,
}

impl<B: Serialize> Written<B> {
    fn answer(self) -> Result<Response, ApiError> {
        versioned(json(self.status, &self.body)?, self.version)
    }
}

/// Returns what a put has made of the resource.
fn written<T, B>(
    put: Put<T>,
    condition: Condition,
    version: impl Fn(&T) -> u64,
    to_wire: impl Fn(T) -> B,
) -> Result<Written<B>, ApiError> {
    let (status, thing) = match put {
        Put::Created(thing) => (StatusCode::CREATED, thing),
        Put::Changed(thing) | Put::Unchanged(thing) => (StatusCode::OK, thing),
        Put::Stale => return Err(condition.refusal()),
        Put::Refused(why) => return Err(ApiError::conflict(why)),
    };
    Ok(Written {
        status,
        version: version(&thing),
        body: to_wire(thing),
    })
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
