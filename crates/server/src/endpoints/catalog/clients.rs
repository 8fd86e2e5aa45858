//! Clients of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::catalog::clients;
use exchequer_app::documents::client::NewClientRequest;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::clients::Client;
use exchequer_store::catalog::{ClientId, Put};
use exchequer_types::{BulkAnswer, BulkPut, CatalogClient, Listing, PutClient};
use uuid::Uuid;

use super::bulk::Bulk;
use super::condition::Condition;
use super::{Written, deletion_answer, versioned, written};
use crate::auth::Operator;
use crate::body::Document;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;

const PATH: &str = "/api/v2/billing/catalog/clients";

fn to_wire(client: Client) -> CatalogClient {
    CatalogClient {
        id: client.id.to_string(),
        organization: client.organization.to_string(),
        name: client.name,
        permissions: client.permissions,
        sources: client.sources,
        access_token_validity_seconds: client.token_seconds,
        secrets: client.secrets,
        secret: None,
        version: client.version,
        self_uri: Some(format!("{PATH}/{}", client.id)),
    }
}

fn parse_id(text: &str) -> Option<ClientId> {
    let hyphenated = (text.len() == 36).then_some(text)?;
    Uuid::try_parse(hyphenated).ok().map(ClientId::from_uuid)
}

/// Parses the id of a client that may exist. A text that is no id names no client.
fn existing_id(text: &str) -> Result<ClientId, ApiError> {
    parse_id(text).ok_or_else(ApiError::not_found)
}

/// Lists clients, sorted by id.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogClients",
    params(
        ("organizationId" = Option<uuid::Uuid>, Query, description = "Lists only those of this organisation."),
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogClient>)),
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
        .transpose();
    let of = of.map_err(|_| ApiError::not_found())?;
    let page = clients::list(&app, of, window).await?;
    ok(&paging.listing(page, PATH, of, to_wire))
}

/// Returns a client without its secrets.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogClient",
    params(("id" = String, Path, description = "The id, a UUID.")),
    responses((status = 200, description = "The client.", body = CatalogClient)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let client = clients::find(&app, id).await?;
    let version = client.version;
    versioned(ok(&to_wire(client))?, version)
}

/// Creates or updates a client, or rotates its secret.
///
/// The answer shows a generated secret, only this once. It never shows a secret
/// that the caller has chosen.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogClient",
    params(
        ("id" = uuid::Uuid, Path, description = "The id."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
    ),
    request_body = PutClient,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogClient),
        (status = 201, description = "Created.", body = CatalogClient),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutClient>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutClient,
) -> Result<Written<CatalogClient>, ApiError> {
    let id = parse_id(&id).ok_or_else(|| ApiError::invalid_value(&id, "id", "UUIDs"))?;
    let condition = condition.or_version(body.version)?;
    let NewClientRequest {
        client,
        generated,
        wants_generated,
    } = NewClientRequest::parse(id, body, app.ambient())?;
    let given = client.secret.is_some() && !wants_generated;
    let put = clients::put(&app, actor, client, condition.expect()).await?;
    let shown = wants_generated || (matches!(put, Put::Created(_)) && !given);
    let secret = shown.then_some(generated);
    let to_wire = |client| CatalogClient {
        secret: secret.clone(),
        ..to_wire(client)
    };
    written(put, condition, |client| client.version, to_wire)
}

/// Creates or changes many clients, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogClients",
    request_body = BulkPut<PutClient>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogClient>)),
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

/// Deletes a client and revokes its tokens.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogClient",
    params(
        ("id" = uuid::Uuid, Path, description = "The id."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "No other client may edit the catalog."),
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
    let deletion = clients::delete(&app, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
