//! Contracts of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::contracts;
use exchequer_app::documents::contract;
use exchequer_app::{App, Error};
use exchequer_core::OrganizationId;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::Page;
use exchequer_store::catalog::contracts::Stored;
use exchequer_types::{BulkAnswer, BulkPut, CatalogContract, Listing, PutContract};

use super::bulk::Bulk;
use super::condition::Condition;
use super::{Written, deletion_answer, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/contracts";

fn to_wire(stored: Stored) -> Result<CatalogContract, ApiError> {
    Ok(CatalogContract {
        contract: contract::document(&stored).map_err(Error::from)?,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    })
}

/// Lists contracts, sorted by number.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogContracts",
    params(
        ("organizationId" = Option<uuid::Uuid>, Query, description = "Lists only those of this organisation."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogContract>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let window = paging.window();
    let of = params
        .get("organizationId")
        .map(str::parse::<OrganizationId>)
        .transpose()
        .map_err(|_| ApiError::not_found())?;
    let page = contracts::list(&app, of, window).await?;
    let rows: Result<_, _> = page.rows.into_iter().map(to_wire).collect();
    let page = Page {
        rows: rows?,
        total: page.total,
    };
    ok(&paging.listing(page, PATH, of, |contract| contract))
}

/// Returns a contract.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogContract",
    params(("id" = String, Path, description = "The number.")),
    responses((status = 200, description = "The contract.", body = CatalogContract)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = contracts::find(&app, id).await?;
    let version = found.version;
    versioned(ok(&to_wire(found)?)?, version)
}

/// Creates a contract or adds a version to it.
///
/// Every version is kept. Contracts of one organisation may not overlap. One whose
/// first day follows the last day of another begins when that one ends, also in
/// another time zone. While no period is closed, everything can be corrected: a
/// contract with another organisation moves there, if the change is tied to its version
/// by `If-Match` or `version`; without that, a number that is another organisation's is
/// refused. Amendments change quantities and
/// prices on any day, tiers, type and ramp at the start of a billing period.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogContract",
    params(
        ("id" = String, Path, min_length = 1, max_length = 64, description = "The number, 1 to 64 bytes."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
    ),
    request_body = PutContract,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogContract),
        (status = 201, description = "Created.", body = CatalogContract),
        (status = 409, description = "The contract contradicts another contract or a product, or \
            is another organisation's and the change is not tied to its version."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutContract>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutContract,
) -> Result<Written<CatalogContract>, ApiError> {
    contract::check_number(&id).map_err(Error::from)?;
    let condition = condition.or_version(body.version)?;
    let said = body.contract;
    let contract = contract::parse(&id, &said).map_err(Error::from)?;
    if let Err(invalid) = contract::check_as_new(&contract)
        && !contracts::is_stored(&app, &id, &said).await?
    {
        return Err(Error::from(invalid).into());
    }
    let put = contracts::put(&app, actor, contract, &said, condition.expect()).await?;
    let to_wire = |stored: Stored| CatalogContract {
        contract: contract::as_shown(said.clone(), stored.decrease),
        self_uri: Some(format!("{PATH}/{}", uri::escape(&stored.number))),
        id: stored.number,
        version: stored.version,
    };
    written(put, condition, |contract| contract.version, to_wire)
}

/// Creates or changes many contracts, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogContracts",
    request_body = BulkPut<PutContract>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogContract>)),
)]
pub(crate) async fn post(
    State(app): State<App>,
    operator: Operator,
    bulk: Bulk,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    bulk.put_each(|id, body| put_one(app.clone(), actor, id, Condition::NONE, body))
        .await
}

/// Withdraws a contract of which no period is closed.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogContract",
    params(
        ("id" = String, Path, min_length = 1, max_length = 64, description = "The number."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "A period of the contract is closed."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    let deletion = contracts::delete(&app, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
