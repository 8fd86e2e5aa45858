//! Turning a refusal into a body, once the correlation id is known.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use exchequer_types::{ErrorBody, ErrorDetail, TokenError};

use super::ApiError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Gives every refusal its body, also those that no handler made.
pub(crate) fn finish(mut response: Response, context_id: &str) -> Response {
    let error = response.extensions_mut().remove::<ApiError>();
    let status = response.status();
    let error = match error {
        Some(error) => error,
        // A handler's own body, such as that of `/health/ready`.
        None if response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/json") =>
        {
            return response;
        }
        None if status.is_client_error() || status.is_server_error() => ApiError::of_status(status),
        None => return response,
    };
    if let Some(cause) = &error.cause {
        log(&***cause, error.status, context_id);
    }
    let allow = response.headers().get(ALLOW).cloned();
    let mut rendered = Response::new(Body::from(error.body(context_id)));
    *rendered.status_mut() = error.status;
    let headers = rendered.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.remove(CONTENT_LENGTH);
    if let Some(allow) = allow {
        headers.insert(ALLOW, allow);
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(challenge) = error.challenge() {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    rendered
}

/// Logs the failure behind a refusal, once for its whole chain of causes.
fn log(cause: &(dyn std::error::Error + 'static), status: StatusCode, correlation: &str) {
    let text = exchequer_store::chain(cause);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(correlation, error = text, "a request failed");
    } else if status.is_server_error() {
        tracing::warn!(correlation, error = text, "a request failed for now");
    } else {
        tracing::debug!(correlation, error = text, "a request was refused");
    }
}

impl ApiError {
    /// Returns what the caller has to show to be let in: RFC 7617 for the token
    /// endpoints, RFC 6750 for all others. Only a token that was sent is at fault.
    fn challenge(&self) -> Option<&'static str> {
        match (self.status, self.code) {
            (StatusCode::UNAUTHORIZED, _) if self.oauth.is_some() => {
                Some(r#"Basic realm="exchequer", charset="UTF-8""#)
            }
            (StatusCode::UNAUTHORIZED, "bad.credentials") => {
                Some(r#"Bearer realm="exchequer", error="invalid_token""#)
            }
            (StatusCode::UNAUTHORIZED, _) => Some(r#"Bearer realm="exchequer""#),
            (StatusCode::FORBIDDEN, "missing.any.permissions") => {
                Some(r#"Bearer realm="exchequer", error="insufficient_scope""#)
            }
            _ => None,
        }
    }

    fn body(&self, context_id: &str) -> Vec<u8> {
        let body = match self.oauth {
            Some(error) => serde_json::to_vec(&self.oauth_body(error, context_id)),
            None => serde_json::to_vec(&self.plain_body(context_id)),
        };
        body.expect("strings and integers serialise")
    }

    /// Returns whether the same request would be refused again.
    pub(crate) fn is_final(&self) -> bool {
        self.status.is_client_error() && self.retry_after.is_none()
    }

    pub(crate) fn plain_body(&self, context_id: &str) -> ErrorBody {
        let detail = |field: &str| ErrorDetail {
            error_code: self.code.to_owned(),
            field_name: field.to_string(),
        };
        let params = self
            .params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        ErrorBody {
            message: self.message(),
            code: self.code.to_owned(),
            status: self.status.as_u16(),
            message_with_params: Some(self.template.to_string()),
            message_params: params.collect(),
            context_id: Some(context_id.to_owned()),
            details: self.field.as_deref().map(detail).into_iter().collect(),
        }
    }

    fn oauth_body(&self, error: &str, context_id: &str) -> TokenError {
        let message = self.message();
        TokenError {
            error: error.to_owned(),
            description: message.clone(),
            error_description: message.clone(),
            message,
            code: self.code.to_owned(),
            status: self.status.as_u16(),
            context_id: Some(context_id.to_owned()),
        }
    }
}
