//! `GET /health/live`.

use axum::response::Response;
use exchequer_types::Health;

use crate::endpoints::ok;
use crate::error::ApiError;

/// Tells that the server is running.
///
/// It asks nothing of the database: a server that does not answer should be restarted.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "Operations",
    operation_id = "getHealthLive",
    responses((status = 200, description = "The server is running.", body = Health)),
)]
pub(crate) async fn get() -> Result<Response, ApiError> {
    ok(&Health {
        status: "up".to_owned(),
    })
}
