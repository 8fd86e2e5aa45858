//! Reading request bodies: bounded in size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use crate::budget::Lease;
use crate::error::ApiError;
use crate::state::AppState;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest body of the catalogue and the token endpoints.
const SMALL: usize = 256 * 1024;

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize, lease: &mut Lease) -> Result<Bytes, ApiError> {
    tokio::time::timeout(PATIENCE, collect(body, limit, lease))
        .await
        .map_err(|_| ApiError::client_timeout())?
}

async fn collect(body: Body, limit: usize, lease: &mut Lease) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        // A broken connection, or bytes that do not decompress.
        let chunk = chunk.map_err(|_| ApiError::bad_request())?;
        if whole.len() + chunk.len() > limit {
            return Err(ApiError::too_large("bytes", limit));
        }
        if !lease.extend(chunk.len()) {
            return Err(ApiError::busy(1));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

/// The media type of a body, in lower case and without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

/// A small JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let media = media_type(request.headers());
        if media.is_some_and(|media| media != "application/json") {
            return Err(ApiError::unsupported_media_type("application/json"));
        }
        let body = small(request.into_body(), state).await?;
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|error| ApiError::malformed(format!("The body cannot be read: {error}.")))
    }
}

/// Reads a small body.
pub(crate) async fn small(body: Body, state: &AppState) -> Result<Bytes, ApiError> {
    read(body, SMALL, &mut state.bodies().lease()).await
}
