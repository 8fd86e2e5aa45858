//! Reading request bodies: bounded in size and time.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::budget::Lease;
use crate::error::ApiError;
use crate::limits::{BODY_TIMEOUT, SMALL_BODY};
use crate::state::HttpState;

/// The mark that some programs put before UTF-8; it is no part of the text.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a whole body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize, lease: &mut Lease) -> Result<Bytes, ApiError> {
    tokio::time::timeout(BODY_TIMEOUT, collect(body, limit, lease))
        .await
        .unwrap_or_else(|_elapsed| Err(ApiError::client_timeout()))
}

async fn collect(body: Body, limit: usize, lease: &mut Lease) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        // A broken connection, or bytes that do not decompress.
        let chunk = chunk.map_err(|error| ApiError::bad_request().because(error))?;
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

/// Returns the media type of a body, in lower case and without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

/// A small JSON body, an object.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<HttpState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ApiError> {
        let body = read_object(request, state, SMALL_BODY).await?;
        serde_json::from_slice(&body).map(Self).map_err(unreadable)
    }
}

impl<T: DeserializeOwned> Json<T> {
    /// Parses an object.
    pub(crate) fn parse(sent: Value) -> Result<Self, ApiError> {
        T::deserialize(sent).map(Self).map_err(unreadable)
    }
}

/// Reads the text of a JSON object of at most `limit` bytes.
pub(crate) async fn read_object(
    request: Request,
    state: &HttpState,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let media = media_type(request.headers());
    if media.is_some_and(|media| media != "application/json") {
        return Err(ApiError::unsupported_media_type("application/json"));
    }
    let body = read(request.into_body(), limit, &mut state.bodies().lease()).await?;
    let marked = body.starts_with(BYTE_ORDER_MARK);
    let body = body.slice(if marked { BYTE_ORDER_MARK.len() } else { 0 }..);
    // An array would be read as the fields of an object, in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::malformed("The body must be a JSON object."));
    }
    Ok(body)
}

/// Refuses a body that cannot be parsed.
pub(crate) fn unreadable(error: serde_json::Error) -> ApiError {
    ApiError::malformed(format!("The body cannot be read: {error}."))
}

/// A small JSON body of which nothing may be overlooked: a misspelt price or
/// minimum would be lost revenue. A field that is not read is refused.
pub(crate) struct Strict<T>(pub(crate) T);

impl<T: DeserializeOwned + Serialize> FromRequest<HttpState> for Strict<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ApiError> {
        let Json(sent) = Json::<Value>::from_request(request, state).await?;
        Self::parse(sent)
    }
}

impl<T: DeserializeOwned + Serialize> Strict<T> {
    /// Parses an object.
    pub(crate) fn parse(sent: Value) -> Result<Self, ApiError> {
        let body = T::deserialize(&sent).map_err(unreadable)?;
        let read =
            serde_json::to_value(&body).map_err(|error| ApiError::internal().because(error))?;
        match overlooked(&sent, &read, "") {
            None => Ok(Self(body)),
            Some(path) => Err(ApiError::malformed(format!("There is no field {path}."))),
        }
    }
}

/// Returns the path of something that was sent and has not been read. What is empty may
/// have been left out.
fn overlooked(sent: &Value, read: &Value, path: &str) -> Option<String> {
    match (sent, read) {
        (Value::Object(sent), _) => sent.iter().find_map(|(name, value)| {
            let path = format!("{path}.{name}");
            match read.get(name) {
                Some(read) => overlooked(value, read, &path),
                None if is_nothing(value) => None,
                None => Some(path.trim_start_matches('.').to_owned()),
            }
        }),
        (Value::Array(sent), Value::Array(read)) => {
            let pairs = sent.iter().zip(read).enumerate();
            let mut found =
                pairs.map(|(at, (sent, read))| overlooked(sent, read, &format!("{path}[{at}]")));
            found.find_map(|path| path)
        }
        // Values without their names, where an object belongs.
        (Value::Array(_), _) => Some(path.trim_start_matches('.').to_owned()),
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Reads a small body.
pub(crate) async fn small(body: Body, state: &HttpState) -> Result<Bytes, ApiError> {
    read(body, SMALL_BODY, &mut state.bodies().lease()).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_read_is_found_at_any_depth() {
        let read = json!({"a": 1, "lines": [{"b": "x"}, {"b": "y"}]});
        let of = |sent: Value| overlooked(&sent, &read, "");
        assert_eq!(of(read.clone()), None);
        assert_eq!(of(json!({"none": null, "off": false, "empty": []})), None);
        assert_eq!(of(json!({"c": 1})), Some("c".to_owned()));
        let deep = json!({"lines": [{"b": "x"}, {"b": "y", "c": "z"}]});
        assert_eq!(of(deep), Some("lines[1].c".to_owned()));
        let unnamed = json!({"lines": [["x"], {"b": "y"}]});
        assert_eq!(of(unnamed), Some("lines[0]".to_owned()));
    }
}
