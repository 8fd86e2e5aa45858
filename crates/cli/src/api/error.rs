//! What can go wrong with a call.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::exit::Exit;
use crate::output::printable;

/// A failed call.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The server answered with an error.
    Refused(Box<Refusal>),
    /// No connection, or it broke.
    Unreachable(String),
    /// A success whose body is not what the API says.
    Unreadable(String),
}

/// An error answer: its status and what its body says.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    context_id: Option<String>,
    retry_after: Option<Duration>,
}

/// The error body of the API, and the other one of the OAuth endpoint.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    code: Option<String>,
    message: Option<String>,
    #[serde(rename = "contextId")]
    context_id: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

impl ApiError {
    /// Reads an error answer; a body that cannot be read leaves the status.
    pub(crate) fn from_answer(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        Self::Refused(Box::new(Refusal {
            status,
            code: body.code.or(body.error),
            message: body.message.or(body.error_description),
            context_id: body.context_id,
            retry_after,
        }))
    }

    /// The HTTP status, if there was an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Unreachable(_) | Self::Unreadable(_) => None,
        }
    }

    /// How long the server asked to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            Self::Unreachable(_) | Self::Unreadable(_) => None,
        }
    }

    /// Whether the same call may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        self.exit() == Exit::Unavailable
    }

    /// How a program that fails with this ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Unreachable(_) => Exit::Unavailable,
            Self::Unreadable(_) => Exit::Failure,
            Self::Refused(refusal) => match refusal.status {
                401 | 403 => Exit::NotAuthorised,
                404 => Exit::NotFound,
                429 | 502 | 503 | 504 => Exit::Unavailable,
                _ => Exit::Failure,
            },
        }
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        // The outer error only says that sending failed; the causes say why.
        let address = error.url().map(|url| url.origin().ascii_serialization());
        let mut text = address.unwrap_or_default();
        let mut cause: Option<&dyn Error> = Some(&error);
        let mut last = String::new();
        while let Some(current) = cause {
            last = current.to_string();
            cause = current.source();
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&last);
        Self::Unreachable(text)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "no answer from the server: {}", printable(why)),
            Self::Unreadable(why) => write!(f, "the answer cannot be read: {why}"),
            Self::Refused(refusal) => {
                let message = refusal.message.as_deref().unwrap_or("the server refused");
                write!(f, "{} (HTTP {}", printable(message), refusal.status)?;
                if let Some(code) = &refusal.code {
                    write!(f, ", {}", printable(code))?;
                }
                if let Some(context) = &refusal.context_id {
                    write!(f, ", contextId {}", printable(context))?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_error_bodies_are_read() {
        let body = br#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401,"contextId":"c-1"}"#;
        assert_eq!(
            ApiError::from_answer(401, body, None).to_string(),
            "Invalid login credentials. (HTTP 401, bad.credentials, contextId c-1)"
        );
        let body = br#"{"error":"invalid_client","error_description":"no such client"}"#;
        assert_eq!(
            ApiError::from_answer(400, body, None).to_string(),
            "no such client (HTTP 400, invalid_client)"
        );
        assert_eq!(
            ApiError::from_answer(500, b"<html>", None).to_string(),
            "the server refused (HTTP 500)"
        );
    }

    #[test]
    fn only_passing_errors_are_retried() {
        for (status, passing) in [(400, false), (401, false), (409, false), (500, false)] {
            assert_eq!(
                ApiError::from_answer(status, b"", None).is_passing(),
                passing
            );
        }
        for status in [429, 502, 503, 504] {
            assert!(ApiError::from_answer(status, b"", None).is_passing());
        }
        assert!(ApiError::Unreachable(String::new()).is_passing());
    }
}
