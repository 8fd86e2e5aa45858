//! Organisations of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::organizations;
use exchequer_app::documents::name;
use exchequer_app::{App, Error};
use exchequer_core::{Day, OrganizationId};
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::organizations::Organization;
use exchequer_types::catalog::EarlierName;
use exchequer_types::{BulkAnswer, BulkPut, CatalogOrganization, Listing, PutOrganization};

use super::bulk::Bulk;
use super::condition::Condition;
use super::{Written, deletion_answer, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

const PATH: &str = "/api/v2/billing/catalog/organizations";

fn to_wire(organization: Organization) -> CatalogOrganization {
    CatalogOrganization {
        id: organization.id.to_string(),
        name: organization.name,
        operator: organization.operator,
        earlier: organization.earlier.into_iter().map(earlier).collect(),
        version: organization.version,
        self_uri: Some(format!("{PATH}/{}", organization.id)),
    }
}

fn earlier((ends, name): (Day, String)) -> EarlierName {
    EarlierName {
        name,
        until: ends.prev().to_string(),
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
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogOrganization>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let window = paging.window();
    let page = organizations::list(&app, window).await?;
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
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let organization = organizations::find(&app, id).await?;
    let version = organization.version;
    versioned(ok(&to_wire(organization))?, version)
}

/// Creates or renames an organisation.
///
/// Billing periods that ended before the change keep the old name.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogOrganization",
    params(
        ("id" = uuid::Uuid, Path, description = "The id."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
    ),
    request_body = PutOrganization,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogOrganization),
        (status = 201, description = "Created.", body = CatalogOrganization),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutOrganization>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutOrganization,
) -> Result<Written<CatalogOrganization>, ApiError> {
    let id = id
        .parse()
        .map_err(|_| ApiError::invalid_value(&id, "id", "UUIDs"))?;
    name::check(&body.name).map_err(Error::from)?;
    let condition = condition.or_version(body.version)?;
    let effective = body.effective.as_deref();
    let effective = effective.map(|day| name::parse_effective(day, actor.at));
    let effective = effective.transpose().map_err(Error::from)?;
    let put = organizations::put(&app, actor, id, body.name, effective, condition.expect()).await?;
    written(put, condition, |organization| organization.version, to_wire)
}

/// Creates or changes many organizations, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogOrganizations",
    request_body = BulkPut<PutOrganization>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogOrganization>)),
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

/// Deletes an organisation that has neither clients nor usage.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogOrganization",
    params(
        ("id" = uuid::Uuid, Path, description = "The id."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "The organisation is in use."),
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
    let id = existing_id(&id)?;
    let deletion = organizations::delete(&app, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
