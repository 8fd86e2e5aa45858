//! One call, kept so that it can be sent again.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, Url};

use crate::catalog::Condition;
use crate::{Error, Server};

#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    url: Url,
    body: Option<(&'static str, Bytes)>,
    condition: Condition,
    repeatable: bool,
}

impl Call {
    /// Returns a call of the API. The segments of its path may hold any text but
    /// `.`, `..` and nothing, which would name another resource.
    pub(crate) fn new(server: &Server, method: Method, path: &[&str]) -> Result<Self, Error> {
        if let Some(bad) = path.iter().find(|text| matches!(**text, "" | "." | "..")) {
            return Err(Error::Invalid(format!("`{bad}` is no id")));
        }
        Ok(Self {
            method,
            url: server.api(path),
            body: None,
            condition: Condition::None,
            repeatable: true,
        })
    }

    /// Marks the call as one that does more when it is sent twice.
    pub(crate) fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// Returns true if the call may be sent again after this error.
    pub(crate) fn may_follow(&self, error: &Error) -> bool {
        self.repeatable || !error.leaves_doubt()
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Adds a body of the given media type.
    pub(crate) fn body(mut self, kind: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = Some((kind, body.into()));
        self
    }

    /// Makes the call depend on the version that is stored.
    pub(crate) fn condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    /// Returns true if this answer says that there is nothing left to do.
    pub(crate) fn is_done_by(&self, error: &Error) -> bool {
        self.method == Method::DELETE && error.status() == Some(404)
    }

    pub(crate) fn request(&self, http: &reqwest::Client) -> RequestBuilder {
        let mut request = http.request(self.method.clone(), self.url.clone());
        if let Some((kind, body)) = &self.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        match self.condition {
            Condition::None => request,
            Condition::Version(version) => request.header(IF_MATCH, format!("\"{version}\"")),
            Condition::Exists => request.header(IF_MATCH, "*"),
            Condition::Absent => request.header(IF_NONE_MATCH, "*"),
        }
    }
}
