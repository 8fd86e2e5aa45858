//! `PUT /api/v2/billing/catalog/contracts/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_types::{CatalogContract, PutContract};

use super::PATH;
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Strict;
use crate::contract;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::put_answer;
use crate::error::ApiError;
use crate::state::AppState;
use crate::uri;

/// Creates a contract or gives it a new version.
///
/// Every version is kept. Contracts of one organisation may not overlap.
/// Amendments change quantities on any day, and prices, tiers, type and ramp
/// at the start of a billing period.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/contracts/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogContract",
    params(
        ("id" = String, Path, description = "Its number, 1 to 64 bytes."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutContract,
    responses(
        (status = 200, description = "It is like that.", body = CatalogContract),
        (status = 201, description = "It is new.", body = CatalogContract),
        (status = 409, description = "It contradicts another contract, or what it says of products."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Strict(body): Strict<PutContract>,
) -> Result<Response, ApiError> {
    contract::check_number(&id)?;
    let condition = condition.or_version(body.version);
    let said = body.contract;
    let read = contract::read(&id, &said)
        .map_err(|refusal| ApiError::constraint(refusal.field, refusal.why))?;
    let actor = operator.actor(&state);
    let put = catalog::put_contract(&state, actor, read, &said, condition.expect()).await?;
    let show = |stored: exchequer_store::catalog::contracts::Stored| CatalogContract {
        contract: said.clone(),
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    };
    put_answer(put, condition, |contract| contract.version, show)
}
