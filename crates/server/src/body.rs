//! Reading request bodies: bounded in size and time.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts as _, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::BytesMut;
use exchequer_types::{
    CorrectContract, PutAliases, PutClient, PutContract, PutMeter, PutOrganization, PutProduct,
    PutTrust,
};
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

/// A body that is put in the catalog: what a `GET` gave, with or without a change, or a body that
/// was made for it.
///
/// Fields of answers that only the server sets are not read, so that the body of an answer
/// can be sent back. But what names the thing must name the one of the path: the body of one
/// is not put in the place of another by mistake.
pub(crate) struct Document<T>(pub(crate) T);

/// A body that is put in the catalog.
pub(crate) trait Put: DeserializeOwned + Serialize {
    /// The fields of answers that only the server sets. None if other fields, too, are not
    /// read: then nothing can be lost that is misspelt.
    const ONLY_SHOWN: Option<&'static [&'static str]>;

    /// True if the path holds UUIDs, which are written in several ways.
    const HAS_UUIDS: bool;

    /// Returns the fields that name the thing, as the path names it.
    fn names(path: &str) -> Vec<(&'static str, &str)> {
        vec![("id", path)]
    }
}

macro_rules! puts {
    ($($put:ident, $shown:expr, $has_uuids:expr;)*) => {$(
        impl Put for $put {
            const ONLY_SHOWN: Option<&'static [&'static str]> = $shown;
            const HAS_UUIDS: bool = $has_uuids;
        }
    )*};
}

puts! {
    PutOrganization, None, true;
    PutClient, None, true;
    PutMeter, None, false;
    // A misspelt price or minimum would be lost revenue.
    PutProduct, Some(&["id", "earlier", "selfUri"]), false;
    PutContract, Some(&["id", "selfUri"]), false;
    CorrectContract, Some(&[]), false;
    // A misspelt day would merge resources in bills of another month.
    PutAliases, Some(&["id", "since", "dateModified", "selfUri"]), true;
}

impl Put for PutTrust {
    const ONLY_SHOWN: Option<&'static [&'static str]> =
        Some(&["id", "trustee", "trustor", "dateCreated", "selfUri"]);
    const HAS_UUIDS: bool = true;

    fn names(path: &str) -> Vec<(&'static str, &str)> {
        let mut names = vec![("id", path)];
        if let Some((trustee, trustor)) = path.split_once(':') {
            names.extend([("trustee", trustee), ("trustor", trustor)]);
        }
        names
    }
}

impl<T: Put> FromRequest<HttpState> for Document<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let Path(path) = Path::<String>::from_request_parts(&mut parts, state)
            .await
            .map_err(|error| ApiError::internal().because(error))?;
        let request = Request::from_parts(parts, body);
        let Json(sent) = Json::<Value>::from_request(request, state).await?;
        Self::parse(&path, sent)
    }
}

impl<T: Put> Document<T> {
    /// Parses what is put at `path`.
    pub(crate) fn parse(path: &str, mut sent: Value) -> Result<Self, ApiError> {
        drop_nulls(&mut sent);
        check_names::<T>(&sent, path)?;
        if let (Some(only_shown), Some(fields)) = (T::ONLY_SHOWN, sent.as_object_mut()) {
            fields.retain(|name, _| !only_shown.contains(&name.as_str()));
        }
        let body = T::deserialize(&sent).map_err(unreadable)?;
        if T::ONLY_SHOWN.is_none() {
            return Ok(Self(body));
        }
        let read =
            serde_json::to_value(&body).map_err(|error| ApiError::internal().because(error))?;
        match overlooked(&sent, &read, "") {
            None => Ok(Self(body)),
            Some(path) => Err(ApiError::malformed(format!("There is no field {path}."))),
        }
    }
}

/// Takes out the fields of objects that are `null`: they count as absent, whichever type they
/// have. An item of an array that is `null` stays, and is refused.
fn drop_nulls(sent: &mut Value) {
    match sent {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Refuses a body that names something else than the path does.
fn check_names<T: Put>(sent: &Value, path: &str) -> Result<(), ApiError> {
    let normal = |name: &str| match T::HAS_UUIDS {
        true => name.replace('-', "").to_ascii_lowercase(),
        false => name.to_owned(),
    };
    for (field, expected) in T::names(path) {
        let is_other = |given: &Value| {
            let given = given.as_str().map(normal);
            given != Some(normal(expected))
        };
        if sent.get(field).is_some_and(is_other) {
            let rule = format!("{field} must be that of the path, {expected}");
            return Err(ApiError::constraint(field, rule));
        }
    }
    Ok(())
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
        Value::Bool(false) => true,
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
        assert_eq!(of(json!({"off": false, "empty": []})), None);
        assert_eq!(of(json!({"c": 1})), Some("c".to_owned()));
        let deep = json!({"lines": [{"b": "x"}, {"b": "y", "c": "z"}]});
        assert_eq!(of(deep), Some("lines[1].c".to_owned()));
        let unnamed = json!({"lines": [["x"], {"b": "y"}]});
        assert_eq!(of(unnamed), Some("lines[0]".to_owned()));
    }

    #[test]
    fn null_is_absent_in_objects_at_any_depth() {
        let mut sent = json!({"a": null, "b": [{"c": null, "d": [null, 1]}], "e": {"f": null}});
        drop_nulls(&mut sent);
        assert_eq!(sent, json!({"b": [{"d": [null, 1]}], "e": {}}));
    }

    #[test]
    fn null_does_not_hide_what_is_wrong() {
        let line = json!({"product": "P", "tiers": null});
        let mut contract = json!({"organization": "o", "subscription": "PREPAY",
            "currency": "EUR", "start": "2026-01-01", "lines": [line]});
        let parse = |sent: &Value| Document::<PutContract>::parse("C-1", sent.clone());
        assert!(parse(&contract).is_ok());
        for (field, wrong) in [
            ("currency", Value::Null),
            ("lines", json!([null])),
            (
                "lines",
                json!([{"product": "P", "teirs": [{"price": null}]}]),
            ),
            ("lines", json!([{"product": null}])),
        ] {
            let right = contract[field].clone();
            contract[field] = wrong;
            assert!(parse(&contract).is_err(), "{contract}");
            contract[field] = right;
        }
    }
}
