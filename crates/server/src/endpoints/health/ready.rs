//! `GET /health/ready`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use exchequer_types::Health;

use crate::endpoints::json;
use crate::error::ApiError;
use crate::state::HttpState;

/// Tells if the server can answer requests.
///
/// It asks the database, and says no while the server is shutting down: a server that is
/// not ready should get no requests.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "Operations",
    operation_id = "getHealthReady",
    responses(
        (status = 200, description = "The server is ready.", body = Health),
        (status = 503, description = "The server is not ready.", body = Health),
    ),
)]
pub(crate) async fn get(State(state): State<HttpState>) -> Result<Response, ApiError> {
    let (status, text) = if state.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down")
    } else if state.app().check_database().await.is_err() {
        (StatusCode::SERVICE_UNAVAILABLE, "no database")
    } else {
        (StatusCode::OK, "up")
    };
    json(
        status,
        &Health {
            status: text.to_owned(),
        },
    )
}
