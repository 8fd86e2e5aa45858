//! Successful answers.

use std::ops::Deref;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::Error;

/// Bodies above this size are parsed on a thread for blocking work.
const LARGE: usize = 256 * 1024;

/// A successful answer: the parsed value, and the body that it was parsed from.
///
/// It derefs to the value.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    value: T,
    body: Bytes,
    etag: Option<String>,
}

/// An answer whose body is not parsed yet.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    pub(crate) etag: Option<String>,
}

impl<T> Answer<T> {
    /// Returns the parsed value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the body, byte for byte as the server sent it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the entity tag, which changes when the answer does.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Reply {
    /// Returns an answer without a body.
    pub(crate) fn empty() -> Self {
        Self {
            body: Bytes::new(),
            etag: None,
        }
    }

    /// Parses the body as JSON. A large report takes milliseconds, for which no other
    /// task of this thread should have to wait.
    pub(crate) async fn parse<T>(self) -> Result<Answer<T>, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let body = self.body.clone();
        let parse = move || serde_json::from_slice(&body).map_err(|error| error.to_string());
        let parsed = match self.body.len() {
            ..=LARGE => parse(),
            _ => {
                let parsed = tokio::task::spawn_blocking(parse).await;
                parsed.unwrap_or_else(|error| Err(error.to_string()))
            }
        };
        Ok(Answer {
            value: parsed.map_err(Error::Unreadable)?,
            body: self.body,
            etag: self.etag,
        })
    }
}
