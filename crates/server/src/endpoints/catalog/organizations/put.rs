//! `PUT /api/v2/billing/catalog/organizations/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_types::{CatalogOrganization, PutOrganization};

use super::show;
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::{check_name, put_answer};
use crate::error::ApiError;
use crate::state::AppState;

/// Creates or renames an organisation.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/organizations/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogOrganization",
    params(
        ("id" = String, Path, description = "Its id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutOrganization,
    responses(
        (status = 200, description = "It is like that.", body = CatalogOrganization),
        (status = 201, description = "It is new.", body = CatalogOrganization),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Json(body): Json<PutOrganization>,
) -> Result<Response, ApiError> {
    let id = id
        .parse()
        .map_err(|_| ApiError::invalid_value(&id, "id", "UUIDs"))?;
    check_name(&body.name)?;
    let condition = condition.or_version(body.version);
    let actor = operator.actor(&state);
    let put = catalog::put_organization(&state, actor, id, body.name, condition.expect()).await?;
    put_answer(put, condition, |organization| organization.version, show)
}
