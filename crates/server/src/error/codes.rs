//! The codes in use. Texts are those of Genesys Cloud where they are known.

use std::borrow::Cow;

use axum::http::StatusCode;
use exchequer_app::RateLimitStatus;
use exchequer_app::ingest::Rejection;
use exchequer_app::limits::WINDOW_SECONDS;

use super::ApiError;
use crate::limits::QUOTED;

/// Cuts a quote from a request.
fn quoted(value: &str) -> String {
    match value.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

impl ApiError {
    pub(crate) fn bad_request() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad.request",
            "The request could not be understood by the server due to malformed syntax.",
        )
    }

    /// Returns `bad_request` with the part that cannot be understood.
    pub(crate) fn malformed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad.request", "{reason}").with("reason", why)
    }

    pub(crate) fn invalid_date(field: &'static str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid.date",
            "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
        )
        .field(field)
    }

    pub(crate) fn reversed_dates() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid.date",
            "endDate must not be before startDate.",
        )
        .field("endDate")
    }

    pub(crate) fn invalid_param(value: &str, parameter: &'static str, allowed: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid.query.param.value",
            "Value [{value}] is not valid for parameter [{parameter}]. Allowable values are: {allowed}",
        )
        .with("value", quoted(value))
        .with("parameter", parameter)
        .with("allowed", allowed)
        .field(parameter)
    }

    pub(crate) fn invalid_value(value: &str, field: &'static str, allowed: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid.value",
            "Value [{value}] is not valid for field type [{field}]. Allowable values are: {allowed}",
        )
        .with("value", quoted(value))
        .with("field", field)
        .with("allowed", allowed)
        .field(field)
    }

    /// Returns the refusal of a body of which a field breaks a rule; the message names
    /// both.
    pub(crate) fn constraint(field: &'static str, why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "constraint.validation", "{reason}")
            .with("reason", why)
            .field(field)
    }

    /// Returns the refusal of the one event of a body; the message names the attribute.
    pub(crate) fn rejected(rejection: Rejection) -> Self {
        let Rejection {
            code,
            field,
            message,
            ..
        } = rejection;
        let error = Self::new(StatusCode::BAD_REQUEST, code, "{reason}").with("reason", message);
        match field {
            Some(field) => error.field(field),
            None => error,
        }
    }

    pub(crate) fn authentication_required() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        )
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "bad.credentials",
            "Invalid login credentials.",
        )
    }

    pub(crate) fn missing_any_permissions(permissions: &[&str]) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "missing.any.permissions",
            "Unable to perform the requested action. You must have at least one of the following \
             permissions assigned: {permissions}",
        )
        .with("permissions", format!("[{}]", permissions.join(", ")))
    }

    pub(crate) fn not_authorized() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not.authorized",
            "You are not authorized to perform the requested action.",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not.found",
            "The requested resource was not found.",
        )
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method.not.allowed",
            "The requested resource does not allow this method.",
        )
    }

    pub(crate) fn client_timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "client.timeout",
            "The request was not received in time.",
        )
    }

    pub(crate) fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "request.conflict", "{reason}").with("reason", why)
    }

    /// Returns the refusal of a body whose `version` is not the current one.
    pub(crate) fn stale_version() -> Self {
        Self::conflict("The resource is not at this version any more.").field("version")
    }

    /// Returns the refusal of a request whose headers state a condition that does not
    /// hold.
    pub(crate) fn precondition_failed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition.failed",
            "The resource is not what If-Match or If-None-Match asks for.",
        )
    }

    pub(crate) fn too_large(what: &str, limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request.entity.too.large",
            "The request has more than {limit} {unit}.",
        )
        .with("limit", limit.to_string())
        .with("unit", what)
    }

    pub(crate) fn unsupported_media_type(allowed: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported.media.type",
            "The request's media type or encoding is not supported. Supported are: {allowed}",
        )
        .with("allowed", allowed.into())
    }

    /// Returns the refusal of a caller beyond the rate limit; the headers say when to
    /// come back.
    pub(crate) fn rate_limited(status: RateLimitStatus) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too.many.requests",
            "Rate limit exceeded the maximum [{allowed}] requests within [{window}] seconds",
        )
        .with("allowed", status.allowed.to_string())
        .with("window", WINDOW_SECONDS.to_string());
        error.retry_after = Some(status.reset);
        error
    }

    /// Returns the refusal of an overloaded server: the same request may succeed in a
    /// moment.
    pub(crate) fn busy(retry_after: u32) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too.many.requests.retry.after",
            "Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
        )
        .with("seconds", retry_after.to_string());
        error.retry_after = Some(retry_after);
        error
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal.server.error",
            "The server encountered an unexpected condition which prevented it from fulfilling \
             the request.",
        )
    }

    pub(crate) fn unavailable() -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "service.unavailable",
            "The service is unavailable. Try again later.",
        );
        error.retry_after = Some(5);
        error
    }

    pub(crate) fn request_timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "request.timeout",
            "The request took too long.",
        )
    }

    /// Returns a refusal for a status that something outside our handlers chose.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let known = match status {
            StatusCode::UNAUTHORIZED => Self::authentication_required(),
            StatusCode::FORBIDDEN => Self::not_authorized(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::REQUEST_TIMEOUT => Self::client_timeout(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "request.entity.too.large",
                "The request is too large.",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type("application/json"),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable(),
            StatusCode::GATEWAY_TIMEOUT => Self::request_timeout(),
            _ if status.is_client_error() => Self::bad_request(),
            _ => Self::internal(),
        };
        Self { status, ..known }
    }
}
