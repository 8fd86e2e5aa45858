//! Successful answers.

use std::ops::Deref;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::Error;

/// Bodies above this are read on a thread for work that takes its time.
const LARGE: usize = 256 * 1024;

/// A successful answer: what it says, and the body that said it.
///
/// It derefs to what it says.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    value: T,
    body: Bytes,
    etag: Option<String>,
}

/// An answer whose body was not looked at yet.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    pub(crate) etag: Option<String>,
}

impl<T> Answer<T> {
    /// What the answer says.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The body, byte for byte as the server sent it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The entity tag, which changes when the answer does.
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
    /// An answer that says nothing but that it is one.
    pub(crate) fn empty() -> Self {
        Self {
            body: Bytes::new(),
            etag: None,
        }
    }

    /// Reads the body as JSON. A large report takes milliseconds, for which
    /// nothing else on this thread should have to wait.
    pub(crate) async fn read<T>(self) -> Result<Answer<T>, Error>
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
