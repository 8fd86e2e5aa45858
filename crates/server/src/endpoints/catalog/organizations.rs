//! Organisations of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::organizations::{self, Organization};
use exchequer_types::{CatalogOrganization, Listing, PutOrganization};

use super::condition::Condition;
use super::{check_name, deletion_answer, put_answer, versioned};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;

const PATH: &str = "/api/v2/billing/catalog/organizations";

fn to_wire(organization: Organization) -> CatalogOrganization {
    CatalogOrganization {
        id: organization.id.to_string(),
        name: organization.name,
        operator: organization.operator,
        version: organization.version,
        self_uri: Some(format!("{PATH}/{}", organization.id)),
    }
}

/// Parses the id of an organisation that may exist. A text that is no id names none.
fn existing_id(text: &str) -> Result<OrganizationId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

/// Lists organisations, sorted by id.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogOrganizations",
    params(
        ("pageSize" = Option<u32>, Query, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogOrganization>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let page = state
        .database()
        .read(move |db| organizations::list(db, window))
        .await?;
    ok(&paging.listing(page, PATH, None, to_wire))
}

/// Returns an organisation.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogOrganization",
    params(("id" = String, Path, description = "The id, a UUID.")),
    responses((status = 200, description = "The organisation.", body = CatalogOrganization)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let found = state
        .database()
        .read(move |db| organizations::find(db, id))
        .await?;
    let organization = found.ok_or_else(ApiError::not_found)?;
    let version = organization.version;
    versioned(ok(&to_wire(organization))?, version)
}

/// Creates or renames an organisation.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogOrganization",
    params(
        ("id" = String, Path, description = "The id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    request_body = PutOrganization,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogOrganization),
        (status = 201, description = "Created.", body = CatalogOrganization),
        (status = 412, description = "The current version does not match `If-Match`."),
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
    put_answer(put, condition, |organization| organization.version, to_wire)
}

/// Deletes an organisation that has neither clients nor usage.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogOrganization",
    params(
        ("id" = String, Path, description = "The id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "The organisation is in use."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&state);
    let id = existing_id(&id)?;
    let deletion = catalog::delete_organization(&state, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
