use axum::body::to_bytes;
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use exchequer_app::{Error, Fault};
use serde_json::{Value, json};

use super::render::finish;
use super::*;

/// Returns what a client gets to see; `futures` of a full body are ready at once.
fn seen(response: Response) -> (Response<()>, Value) {
    let (parts, body) = finish(response, "c-1").into_parts();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let body = runtime.block_on(to_bytes(body, 10_000)).unwrap();
    (
        Response::from_parts(parts, ()),
        serde_json::from_slice(&body).unwrap(),
    )
}

#[test]
fn a_refusal_reads_as_genesys_writes_it() {
    let error = ApiError::missing_any_permissions(&["a:b:c", "d:e:f"]);
    let (response, body) = seen(error.into_response());
    assert_eq!(response.status(), 403);
    assert_eq!(
        body,
        json!({
            "message": "Unable to perform the requested action. You must have at least one of \
                        the following permissions assigned: [a:b:c, d:e:f]",
            "code": "missing.any.permissions",
            "status": 403,
            "messageWithParams": "Unable to perform the requested action. You must have at least \
                        one of the following permissions assigned: {permissions}",
            "messageParams": {"permissions": "[a:b:c, d:e:f]"},
            "contextId": "c-1",
        })
    );
}

#[test]
fn a_date_at_fault_is_named() {
    let (_, body) = seen(ApiError::invalid_date("startDate").into_response());
    assert_eq!(body["code"], "invalid.date");
    assert_eq!(
        body["details"][0],
        json!({"errorCode": "invalid.date", "fieldName": "startDate"})
    );
    assert!(body.get("messageParams").is_none());
}

#[test]
fn a_login_error_has_the_fields_of_oauth_and_ours() {
    let error = ApiError::bad_credentials().oauth("invalid_client");
    let (response, body) = seen(error.into_response());
    assert_eq!(
        response.headers()[WWW_AUTHENTICATE],
        r#"Basic realm="exchequer", charset="UTF-8""#
    );
    assert_eq!(
        body,
        json!({
            "error": "invalid_client",
            "description": "Invalid login credentials.",
            "error_description": "Invalid login credentials.",
            "message": "Invalid login credentials.",
            "code": "bad.credentials",
            "status": 401,
            "contextId": "c-1",
        })
    );
}

#[test]
fn every_kind_of_failure_has_its_status_and_code() {
    let fault = |why| Error::Invalid { field: "f", why };
    let value = || "v".to_owned();
    let cases = [
        (Error::NotFound, 404, "not.found"),
        (Error::Conflict("two".to_owned()), 409, "request.conflict"),
        (Error::rule("f", "f must be"), 400, "constraint.validation"),
        (
            fault(Fault::Value {
                value: value(),
                allowed: "w",
            }),
            400,
            "invalid.value",
        ),
        (
            fault(Fault::Argument {
                value: value(),
                allowed: "w",
            }),
            400,
            "invalid.query.param.value",
        ),
        (
            fault(Fault::TooMany {
                unit: "events",
                limit: 1,
            }),
            413,
            "request.entity.too.large",
        ),
        (fault(Fault::Unreadable(value())), 400, "bad.request"),
        (
            Error::Busy { retry_after: 1 },
            429,
            "too.many.requests.retry.after",
        ),
        (
            Error::Unavailable("away".into()),
            503,
            "service.unavailable",
        ),
        (Error::Internal("bug".into()), 500, "internal.server.error"),
    ];
    for (error, status, code) in cases {
        let (response, body) = seen(ApiError::from(error).into_response());
        assert_eq!(response.status(), status, "{code}");
        assert_eq!(body["code"], code);
        let text = body.to_string();
        assert!(!text.contains("away") && !text.contains("bug"), "{text}");
    }
}

#[test]
fn overload_says_when_to_come_back() {
    let (response, body) = seen(ApiError::busy(1).into_response());
    assert_eq!(response.headers()[RETRY_AFTER], "1");
    assert_eq!(
        body["message"],
        "Rate limit exceeded the maximum. Retry the request in [1] seconds"
    );
}

#[test]
fn refusals_of_the_framework_get_a_body_too() {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    response.headers_mut().insert(ALLOW, "GET".parse().unwrap());
    let (response, body) = seen(response);
    assert_eq!(response.headers()[ALLOW], "GET");
    assert_eq!(
        (&body["code"], &body["status"]),
        (&json!("method.not.allowed"), &json!(405))
    );
    let (_, body) = seen(StatusCode::IM_A_TEAPOT.into_response());
    assert_eq!(
        (&body["code"], &body["status"]),
        (&json!("bad.request"), &json!(418))
    );
}

#[test]
fn quotes_are_cut() {
    let (_, body) = seen(ApiError::invalid_param(&"ä".repeat(500), "p", "x").into_response());
    assert!(body["message"].as_str().unwrap().chars().count() < 250);
}

#[test]
fn a_challenge_blames_only_what_was_sent() {
    let challenge = |error: ApiError| {
        let (response, _) = seen(error.into_response());
        let challenge = response.headers().get(WWW_AUTHENTICATE)?.to_str();
        Some(challenge.unwrap().to_owned())
    };
    let bearer = |error: &str| Some(format!(r#"Bearer realm="exchequer"{error}"#));
    assert_eq!(challenge(ApiError::authentication_required()), bearer(""));
    assert_eq!(
        challenge(ApiError::bad_credentials()),
        bearer(r#", error="invalid_token""#)
    );
    assert_eq!(
        challenge(ApiError::missing_any_permissions(&["a:b:c"])),
        bearer(r#", error="insufficient_scope""#)
    );
    assert_eq!(challenge(ApiError::not_authorized()), None);
    assert_eq!(challenge(ApiError::not_found()), None);
}
