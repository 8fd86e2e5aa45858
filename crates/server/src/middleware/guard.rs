//! Requests that take too long, and bugs.

use std::any::Any;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;
use crate::state::AppState;

/// How long an answer may take to begin, on top of the wait for reports.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gives up on answers that take too long. What the store has taken on goes on
/// regardless: it works on threads and tasks of its own.
pub(crate) async fn time_out(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let patience = PATIENCE + state.config().report_wait;
    tokio::time::timeout(patience, next.run(request))
        .await
        .unwrap_or_else(|_| ApiError::request_timeout().into_response())
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
