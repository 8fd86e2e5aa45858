//! CloudEvents in binary mode: an event whose attributes are headers and whose data is the
//! body (HTTP Protocol Binding for CloudEvents 1.0.2, section 3.1).

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::body;
use crate::error::ApiError;

mod header;

/// The attribute that every event has, and hence the header that tells the mode.
const MARK: &str = "ce-specversion";
const PREFIX: &str = "ce-";

/// Returns whether a request is an event in binary mode. A message that is an event as a
/// whole says so by its content type, whatever attributes its headers repeat.
pub(crate) fn is_binary(headers: &HeaderMap) -> bool {
    let structured = body::media_type(headers).is_some_and(|media| {
        media.starts_with("application/cloudevents") || media.ends_with("ndjson")
    });
    headers.contains_key(MARK) && !structured
}

/// Checks that the body is of a type that can be data: JSON, or said to be nothing else.
pub(crate) fn check_data_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let json = |media: &str| {
        let subtype = media.split_once('/').map(|(_, subtype)| subtype);
        subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
    };
    match headers.get(CONTENT_TYPE) {
        None => Ok(()),
        Some(_) if body::media_type(headers).is_some_and(|media| json(&media)) => Ok(()),
        Some(_) => Err(ApiError::unsupported_media_type(
            "for the data of an event in ce- headers: application/json, types that end in +json, \
             or none",
        )),
    }
}

/// Returns the event as JSON, as if it had come in structured mode.
pub(crate) fn to_structured(headers: &HeaderMap, data: &[u8]) -> Result<Bytes, ApiError> {
    let mut event = Vec::with_capacity(data.len() + 512);
    event.push(b'{');
    for (name, value) in headers {
        if let Some(attribute) = name.as_str().strip_prefix(PREFIX).filter(is_attribute) {
            push_member(&mut event, attribute, &read(name.as_str(), value)?);
        }
    }
    // A mark of the byte order may stand before the data, as before any body.
    let data = data.strip_prefix(body::BYTE_ORDER_MARK).unwrap_or(data);
    if !data.trim_ascii().is_empty() {
        check_json(data)?;
        separate(&mut event);
        event.extend_from_slice(b"\"data\":");
        event.extend_from_slice(data);
    }
    event.push(b'}');
    Ok(event.into())
}

/// Returns whether a header's name ends as attributes are spelt. `data` is none: it would
/// stand beside the body.
fn is_attribute(name: &&str) -> bool {
    *name != "data" && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn read(name: &str, value: &HeaderValue) -> Result<String, ApiError> {
    header::decode(value.as_bytes()).ok_or_else(|| {
        ApiError::malformed(format!(
            "The header {name} is not valid UTF-8 once it is decoded."
        ))
    })
}

/// Appends an attribute. One that is sent twice stands there twice, and is refused as in
/// structured mode.
fn push_member(event: &mut Vec<u8>, name: &str, value: &str) {
    separate(event);
    let member = serde_json::Value::from(value).to_string();
    event.extend_from_slice(format!("\"{name}\":{member}").as_bytes());
}

fn separate(event: &mut Vec<u8>) {
    if event.len() > 1 {
        event.push(b',');
    }
}

/// Checks that data is one JSON value: what follows it would be read as attributes.
fn check_json(data: &[u8]) -> Result<(), ApiError> {
    let text = std::str::from_utf8(data).map_err(|error| {
        let offset = error.valid_up_to();
        ApiError::malformed(format!(
            "The body is not valid UTF-8: bad byte at offset {offset}."
        ))
    })?;
    let read: Result<IgnoredAny, _> = serde_json::from_str(text);
    read.map(|_| ())
        .map_err(|error| ApiError::malformed(format!("The body is not valid JSON: {error}.")))
}

#[cfg(test)]
mod tests;
