//! Requests that take too long, and bugs.

use std::any::Any;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::limits::ANSWER_TIMEOUT;
use crate::state::HttpState;

/// Gives up on answers that take too long. What the store has taken on goes on
/// regardless: it works on threads and tasks of its own.
pub(crate) async fn time_out(
    State(state): State<HttpState>,
    request: Request,
    next: Next,
) -> Response {
    let timeout = ANSWER_TIMEOUT + state.app().settings().report_wait;
    tokio::time::timeout(timeout, next.run(request))
        .await
        .unwrap_or_else(|_elapsed| ApiError::request_timeout().into_response())
}

/// A bug in a handler is a 500 for its caller and goes on for everybody else.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature is that of the layer"
)]
pub(crate) fn on_panic(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        panic = text.unwrap_or("without a message"),
        "a handler panicked"
    );
    ApiError::internal().into_response()
}
