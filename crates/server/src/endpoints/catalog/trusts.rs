//! Trusts of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::trusts;
use exchequer_app::documents::trust;
use exchequer_app::{App, Error};
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::trusts::{Grant, Parties, Trust};
use exchequer_types::{BulkAnswer, BulkPut, CatalogTrust, Listing, PutTrust, dates};

use super::bulk::Bulk;
use super::condition::Condition;
use super::{Written, deletion_answer, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

const PATH: &str = "/api/v2/billing/catalog/trusts";

fn to_wire(trust: Trust) -> CatalogTrust {
    let Parties { trustee, trustor } = trust.parties;
    let Grant { enabled, dates } = trust.grant;
    let last = dates.last();
    CatalogTrust {
        id: format!("{trustee}:{trustor}"),
        trustee: trustee.to_string(),
        trustor: trustor.to_string(),
        enabled,
        from: last.from.map(|day| day.to_string()),
        until: last.until.map(|day| day.to_string()),
        earlier: trust::earlier(&dates),
        date_created: dates::format(trust.created.micros()),
        version: trust.version,
        self_uri: Some(format!("{PATH}/{trustee}:{trustor}")),
    }
}

/// Parses the two organisations of an id.
fn parties(id: &str) -> Option<Parties> {
    let (trustee, trustor) = id.split_once(':')?;
    Some(Parties {
        trustee: trustee.parse().ok()?,
        trustor: trustor.parse().ok()?,
    })
}

/// Lists trusts, sorted by trustee, then trustor.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogTrusts",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogTrust>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let window = paging.window();
    let page = trusts::list(&app, window).await?;
    ok(&paging.listing(page, PATH, None, to_wire))
}

/// Returns a trust.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogTrust",
    params(("id" = String, Path, description = "`{trustee}:{trustor}`, two organisation ids.")),
    responses((status = 200, description = "The trust.", body = CatalogTrust)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let parties = parties(&id).ok_or_else(ApiError::not_found)?;
    let found = trusts::find(&app, parties).await?;
    let version = found.version;
    versioned(ok(&to_wire(found))?, version)
}

/// Allows a partner (trustee) to see the billing of a customer (trustor).
///
/// The partner sees the billing periods that begin within the dates of the trust, in the
/// time zone of the customer's contract. To end a trust, give it `until`: the partner goes
/// on seeing the periods in which it was the partner.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogTrust",
    params(
        ("id" = String, Path, pattern = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
            description = "`{trustee}:{trustor}`, two organisation ids."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
    ),
    request_body = PutTrust,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogTrust),
        (status = 201, description = "Created.", body = CatalogTrust),
        (status = 409, description = "One of the organisations does not exist, or both are the same."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutTrust>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutTrust,
) -> Result<Written<CatalogTrust>, ApiError> {
    let allowed = "two UUIDs with a colon between, trustee:trustor";
    let parties = parties(&id).ok_or_else(|| ApiError::invalid_value(&id, "id", allowed))?;
    let condition = condition.or_version(body.version)?;
    let grant = trust::parse(&body).map_err(Error::from)?;
    let put = trusts::put(&app, actor, parties, grant, condition.expect()).await?;
    written(put, condition, |trust| trust.version, to_wire)
}

/// Creates or changes many trusts, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogTrusts",
    request_body = BulkPut<PutTrust>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogTrust>)),
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

/// Deletes a trust. The partner sees nothing of the customer from the next
/// request on, also nothing of the periods in which it was the partner: a trust that ends
/// is given `until` instead.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogTrust",
    params(
        ("id" = String, Path, pattern = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
            description = "`{trustee}:{trustor}`, two organisation ids."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted. The partner sees nothing of the customer from now on."),
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
    let parties = parties(&id).ok_or_else(ApiError::not_found)?;
    let deletion = trusts::delete(&app, actor, parties, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
