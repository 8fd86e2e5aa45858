//! The errors of a call.

use std::fmt;
use std::time::Duration;

use exchequer_types::{ErrorBody, ErrorDetail};
use serde::Deserialize;

/// A failed call.
///
/// Its text is fit for a terminal or a log: what a server wrote into it has
/// no control characters any more, and it never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server answered, and refused.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No connection, or it broke, or nothing came in time.
    #[error("no answer from the server: {}", Printable(.0))]
    Unreachable(String),
    /// The server does not show a certificate that this machine trusts.
    #[error("the server's certificate is not trusted: {}", Printable(.0))]
    Untrusted(String),
    /// The answer is a success, but its body is not what the API says.
    #[error("the answer cannot be read: {}", Printable(.0))]
    Unreadable(String),
    /// The report was not ready within its time. Ask again later.
    #[error("the report is still in progress")]
    InProgress,
    /// Nothing was sent, because it cannot be: a mistake of the caller's.
    #[error("{0}")]
    Invalid(String),
}

/// An answer that is an error: its status, and what its body says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code for programs, e.g. `invalid.date`.
    pub code: Option<String>,
    /// The message for people.
    pub message: Option<String>,
    /// The id of the request in the server's log.
    pub context_id: Option<String>,
    /// The time that the server asked to wait.
    pub retry_after: Option<Duration>,
    /// The fields that caused the error.
    pub details: Vec<ErrorDetail>,
}

/// The error body of the API, and the other one of logins.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body {
    code: Option<String>,
    message: Option<String>,
    context_id: Option<String>,
    error: Option<String>,
    #[serde(rename = "error_description")]
    error_description: Option<String>,
    description: Option<String>,
    // Genesys Cloud leaves fields of details out, which must not cost the rest.
    details: Vec<serde_json::Value>,
}

impl Error {
    /// Parses an error answer. If the body cannot be parsed, the status remains.
    pub(crate) fn refused(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        // A proxy on the way may answer with a page of its own. The status is then
        // all that is known, and enough to decide about another attempt.
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let text = |one: Option<String>| one.filter(|text| !text.is_empty());
        let details = body.details.into_iter();
        Self::Refused(Box::new(Refusal {
            status,
            code: text(body.code).or(text(body.error)),
            message: text(body.message)
                .or(text(body.error_description))
                .or(text(body.description)),
            context_id: body.context_id,
            retry_after,
            details: details
                .filter_map(|detail| serde_json::from_value(detail).ok())
                .collect(),
        }))
    }

    /// Returns the refusal, if the server answered.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns the HTTP status, if the server answered with an error.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Returns the error code, if the server answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.refusal()?.code.as_deref()
    }

    /// Returns the time that the server asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_after
    }

    /// Returns true if the same call may succeed later. Calls with such errors are
    /// tried again until the retry budget ends, so whoever sees one has waited already.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::InProgress => true,
            Self::Refused(refusal) => matches!(refusal.status, 429 | 502..=504),
            _ => false,
        }
    }

    /// Returns true if the server may have carried out the call all the same.
    pub(crate) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused(refusal) => refusal.status >= 500,
            _ => false,
        }
    }
}

impl From<ErrorBody> for Error {
    /// The refusal of a part of a request.
    fn from(body: ErrorBody) -> Self {
        Self::Refused(Box::new(Refusal {
            status: body.status,
            code: Some(body.code),
            message: Some(body.message),
            context_id: body.context_id,
            retry_after: None,
            details: body.details,
        }))
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Invalid(innermost(&error));
        }
        let why = innermost(&error);
        let why = match error.url() {
            Some(url) => format!("{}: {why}", url.origin().ascii_serialization()),
            None => why,
        };
        match distrusts(&error) {
            true => Self::Untrusted(why),
            false => Self::Unreachable(why),
        }
    }
}

/// Returns the last cause: the outer errors only say that sending failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

/// Returns true if the certificate is the cause, which another attempt cannot fix.
fn distrusts(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return matches!(error, rustls::Error::InvalidCertificate(_));
    }
    // Errors of TLS travel inside those of the connection, which do not name
    // them as their source.
    let inside = error.downcast_ref::<std::io::Error>();
    let inside = inside.and_then(std::io::Error::get_ref);
    inside.is_some_and(|error| distrusts(error)) || error.source().is_some_and(distrusts)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.as_deref().unwrap_or("the server refused");
        write!(f, "{} (HTTP {}", Printable(message), self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", {}", Printable(code))?;
        }
        if let Some(context) = &self.context_id {
            write!(f, ", contextId {}", Printable(context))?;
        }
        f.write_str(")")
    }
}

/// Text from elsewhere with control characters as escapes, because they could
/// move the cursor of a terminal or forge lines of a log.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character.is_control() {
                true => write!(f, "{}", character.escape_default())?,
                false => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_error_bodies_are_read() {
        let body = br#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401,"contextId":"c-1"}"#;
        assert_eq!(
            Error::refused(401, body, None).to_string(),
            "Invalid login credentials. (HTTP 401, bad.credentials, contextId c-1)"
        );
        let body = br#"{"error":"invalid_client","error_description":"no such client"}"#;
        assert_eq!(
            Error::refused(400, body, None).to_string(),
            "no such client (HTTP 400, invalid_client)"
        );
        assert_eq!(
            Error::refused(500, b"<html>", None).to_string(),
            "the server refused (HTTP 500)"
        );
    }

    #[test]
    fn details_are_read_one_by_one() {
        let body = br#"{"message":"no","details":[{"errorCode":"x"},{"errorCode":"invalid.date","fieldName":"endDate"}]}"#;
        let error = Error::refused(400, body, None);
        let details = &error.refusal().unwrap().details;
        assert_eq!(details.len(), 1);
        assert_eq!(details[0].field_name, "endDate");
    }

    #[test]
    fn what_a_server_says_cannot_move_the_cursor() {
        let body = br#"{"message":"a\u001b[2Jb\n"}"#;
        assert_eq!(
            Error::refused(400, body, None).to_string(),
            "a\\u{1b}[2Jb\\n (HTTP 400)"
        );
    }

    #[test]
    fn only_passing_errors_are_tried_again() {
        for status in [400, 401, 409, 500, 302] {
            assert!(!Error::refused(status, b"", None).is_passing());
        }
        for status in [429, 502, 503, 504] {
            assert!(Error::refused(status, b"", None).is_passing());
        }
        assert!(Error::Unreachable(String::new()).is_passing());
    }
}
