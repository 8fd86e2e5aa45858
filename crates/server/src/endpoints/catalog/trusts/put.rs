//! `PUT /api/v2/billing/catalog/trusts/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_types::{CatalogTrust, PutTrust};

use super::{parties, show};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Strict;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::put_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Lets a partner (trustee) see the billing of a customer (trustor), or stops it.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/trusts/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogTrust",
    params(
        ("id" = String, Path, description = "`{trustee}:{trustor}`, two organisation ids."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutTrust,
    responses(
        (status = 200, description = "It is like that.", body = CatalogTrust),
        (status = 201, description = "It is new.", body = CatalogTrust),
        (status = 409, description = "One of the organisations does not exist, or both are one."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Strict(body): Strict<PutTrust>,
) -> Result<Response, ApiError> {
    let allowed = "two UUIDs with a colon between, trustee:trustor";
    let parties = parties(&id).ok_or_else(|| ApiError::invalid_value(&id, "id", allowed))?;
    let condition = condition.or_version(body.version);
    let (actor, enabled) = (operator.actor(&state), body.enabled.unwrap_or(true));
    let put = catalog::put_trust(&state, actor, parties, enabled, condition.expect()).await?;
    put_answer(put, condition, |trust| trust.version, show)
}
