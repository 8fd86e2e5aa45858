//! Contracts of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::Page;
use exchequer_store::catalog::contracts::{self, Stored};
use exchequer_types::{CatalogContract, Listing, PutContract};

use super::condition::Condition;
use super::{deletion_answer, put_answer, versioned};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Strict;
use crate::contract;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/contracts";

fn show(stored: Stored) -> Result<CatalogContract, ApiError> {
    Ok(CatalogContract {
        contract: contract::document(&stored)?,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    })
}

/// Lists contracts, by number.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogContracts",
    params(
        ("organizationId" = Option<String>, Query, description = "Only those of this organisation."),
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogContract>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let of = params
        .get("organizationId")
        .map(str::parse::<OrganizationId>)
        .transpose()
        .map_err(|_| ApiError::not_found())?;
    let page = state
        .database()
        .read(move |db| contracts::list(db, of, window))
        .await?;
    let rows: Result<_, _> = page.rows.into_iter().map(show).collect();
    let page = Page {
        rows: rows?,
        total: page.total,
    };
    ok(&paging.listing(page, PATH, of, |contract| contract))
}

/// Shows a contract.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogContract",
    params(("id" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The contract.", body = CatalogContract)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = state
        .database()
        .read(move |db| contracts::find(db, &id))
        .await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let version = found.version;
    versioned(ok(&show(found)?)?, version)
}

/// Creates a contract or gives it a new version.
///
/// Every version is kept. Contracts of one organisation may not overlap.
/// Amendments change quantities on any day, and prices, tiers, type and ramp
/// at the start of a billing period.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
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
    let to_wire = |stored: Stored| CatalogContract {
        contract: said.clone(),
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    };
    put_answer(put, condition, |contract| contract.version, show)
}

/// Deletes a contract that has not begun.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogContract",
    params(
        ("id" = String, Path, description = "Its number."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "It has begun."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&state);
    let deletion = catalog::delete_contract(&state, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
