//! Clients of the catalog.

mod wish;

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::clients::{self, Client};
use exchequer_store::catalog::{ClientId, Put};
use exchequer_types::{CatalogClient, Listing, PutClient};
use uuid::Uuid;

use super::condition::Condition;
use super::{deletion_answer, put_answer, versioned};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;
use wish::Wish;

const PATH: &str = "/api/v2/billing/catalog/clients";

fn show(client: Client) -> CatalogClient {
    CatalogClient {
        id: client.id.to_string(),
        organization: client.organization.to_string(),
        name: client.name,
        permissions: client.permissions,
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

/// An id that may name something; what cannot be an id names nothing.
fn existing_id(text: &str) -> Result<ClientId, ApiError> {
    parse_id(text).ok_or_else(ApiError::not_found)
}

/// Lists clients, by id.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogClients",
    params(
        ("organizationId" = Option<String>, Query, description = "Only those of this organisation."),
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogClient>)),
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
        .transpose();
    let of = of.map_err(|_| ApiError::not_found())?;
    let page = state
        .database()
        .read(move |db| clients::list(db, of, window))
        .await?;
    ok(&paging.listing(page, PATH, of, show))
}

/// Shows a client; never its secrets.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogClient",
    params(("id" = String, Path, description = "Its id, a UUID.")),
    responses((status = 200, description = "The client.", body = CatalogClient)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = existing_id(&id)?;
    let found = state
        .database()
        .read(move |db| clients::find(db, id))
        .await?;
    let client = found.ok_or_else(ApiError::not_found)?;
    let version = client.version;
    versioned(ok(&show(client))?, version)
}

/// Creates or changes a client, or rotates its secret.
///
/// A generated secret is in the answer, this once; a given one never is.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogClient",
    params(
        ("id" = String, Path, description = "Its id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutClient,
    responses(
        (status = 200, description = "It is like that.", body = CatalogClient),
        (status = 201, description = "It is new.", body = CatalogClient),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Json(body): Json<PutClient>,
) -> Result<Response, ApiError> {
    let id = parse_id(&id).ok_or_else(|| ApiError::invalid_value(&id, "id", "UUIDs"))?;
    let condition = condition.or_version(body.version);
    let Wish {
        client,
        generated,
        wants_generated,
    } = Wish::new(id, body, state.ambient())?;
    let given = client.secret.is_some() && !wants_generated;
    let actor = operator.actor(&state);
    let put = catalog::put_client(&state, actor, client, condition.expect()).await?;
    let shown = wants_generated || (matches!(put, Put::Created(_)) && !given);
    let secret = shown.then_some(generated);
    let to_wire = |client| CatalogClient {
        secret: secret.clone(),
        ..show(client)
    };
    put_answer(put, condition, |client| client.version, show)
}

/// Deletes a client; its tokens end with it.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogClient",
    params(
        ("id" = String, Path, description = "Its id, a UUID."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "It is the last that may edit the catalog."),
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
    let id = existing_id(&id)?;
    let deletion = catalog::delete_client(&state, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
