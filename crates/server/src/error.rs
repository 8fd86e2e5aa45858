//! Refusals, with the codes and texts that Genesys Cloud clients know.

mod app;
mod codes;
pub(crate) mod render;

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use exchequer_app::Source;

/// A refusal. It becomes a body only at the edge, where the correlation id is
/// known; until then it travels as an extension of the response.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    /// The message, with `{name}` in the places of its parameters.
    template: Cow<'static, str>,
    params: Vec<(&'static str, String)>,
    /// The field or parameter at fault.
    field: Option<Box<str>>,
    retry_after: Option<u32>,
    /// The OAuth 2 error, for the token endpoints.
    oauth: Option<&'static str>,
    /// The failure behind it, for the log and not for the caller.
    cause: Option<Arc<Source>>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, template: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            template: template.into(),
            params: Vec::new(),
            field: None,
            retry_after: None,
            oauth: None,
            cause: None,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }

    /// Names the field or parameter at fault.
    fn field(mut self, field: impl Into<Box<str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Keeps the failure behind the refusal: the edge logs it.
    pub(crate) fn because(mut self, cause: impl Into<Source>) -> Self {
        self.cause = Some(Arc::new(cause.into()));
        self
    }

    /// Answers as OAuth 2 asks token endpoints to.
    pub(crate) fn oauth(mut self, error: &'static str) -> Self {
        self.oauth = Some(error);
        self
    }

    /// Returns the message with its parameters filled in.
    fn message(&self) -> String {
        let mut message = self.template.to_string();
        for (name, value) in &self.params {
            message = message.replace(&format!("{{{name}}}"), value);
        }
        message
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        // `render::finish` writes the body at the edge, where the correlation id is known.
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests;
