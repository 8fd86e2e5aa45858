//! `PUT /api/v2/billing/catalog/clients/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_store::catalog::Put;
use exchequer_types::{CatalogClient, PutClient};

use super::wish::Wish;
use super::{parse_id, show};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::put_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Creates or changes a client, or rotates its secret.
///
/// A generated secret is in the answer, this once; a given one never is.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/clients/{id}",
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
    let show = |client| CatalogClient {
        secret: secret.clone(),
        ..show(client)
    };
    put_answer(put, condition, |client| client.version, show)
}
