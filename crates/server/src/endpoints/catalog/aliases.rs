//! Aliases of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::aliases;
use exchequer_app::documents::{aliases as documents, meter};
use exchequer_app::{App, Error};
use exchequer_core::{Day, OrganizationId};
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::aliases::DatedAliases;
use exchequer_types::{BulkAnswer, BulkPut, CatalogAliases, Listing, PutAliases, dates};

use super::bulk::Bulk;
use super::condition::Condition;
use super::{Written, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

const PATH: &str = "/api/v2/billing/catalog/aliases";

fn to_wire(aliases: DatedAliases) -> CatalogAliases {
    let id = aliases.organization.to_string();
    CatalogAliases {
        resources: documents::resources(&aliases.list),
        since: aliases.since.map(|day| day.to_string()),
        date_modified: dates::format(aliases.made.micros()),
        version: aliases.version,
        self_uri: Some(format!("{PATH}/{id}")),
        id,
    }
}

/// Lists the organisations that were given aliases, by id, each with those of today (UTC).
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogAliases",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogAliases>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let page = aliases::list(&app, operator.actor(&app).at.day(), paging.window()).await?;
    ok(&paging.listing(page, PATH, None, to_wire))
}

/// Returns the aliases of an organisation on a day.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogAliasesOfOrganization",
    params(
        ("id" = String, Path, description = "The id of the organisation, a UUID."),
        ("day" = Option<String>, Query, format = Date, description = "The day; today (UTC) if absent."),
    ),
    responses((status = 200, description = "The aliases.", body = CatalogAliases)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let id: OrganizationId = id.parse().map_err(|_| ApiError::not_found())?;
    let day = match params.get("day") {
        Some(text) => text
            .parse::<Day>()
            .map_err(|_| ApiError::invalid_param(text, "day", "days such as 2026-10-01"))?,
        None => operator.actor(&app).at.day(),
    };
    let found = aliases::find(&app, id, day).await?;
    let version = found.version;
    versioned(ok(&to_wire(found))?, version)
}

/// Gives an organisation aliases from a day on.
///
/// A name of the list counts as its resource in reports, series and bills of ranges whose
/// last day is that day or later; the events stay as they were sent. The list replaces the
/// one before: an empty one ends all aliases.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogAliasesOfOrganization",
    params(
        ("id" = String, Path, format = Uuid, description = "The id of the organisation, a UUID."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if the organisation has never been given aliases."),
    ),
    request_body = PutAliases,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogAliases),
        (status = 201, description = "Created.", body = CatalogAliases),
        (status = 409, description = "The organisation does not exist, or its aliases have changed too often."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutAliases>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutAliases,
) -> Result<Written<CatalogAliases>, ApiError> {
    let organization = id
        .parse()
        .map_err(|_| ApiError::invalid_value(&id, "id", "UUIDs"))?;
    let condition = condition.or_version(body.version)?;
    let list = documents::parse(&body.resources).map_err(Error::from)?;
    let effective = body.effective.as_deref().map(meter::parse_effective);
    let effective = effective.transpose().map_err(Error::from)?;
    let put = aliases::put(
        &app,
        actor,
        organization,
        list,
        effective,
        condition.expect(),
    )
    .await?;
    written(put, condition, |aliases| aliases.version, to_wire)
}

/// Gives aliases to many organisations, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogAliases",
    request_body = BulkPut<PutAliases>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogAliases>)),
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
