//! `PUT /api/v2/billing/catalog/products/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_types::{CatalogProduct, PutProduct};

use super::{read, show};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Strict;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::put_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Creates a product or changes it.
///
/// While a contract prices it, its meter, bundle and `thirdParty` stay.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/products/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogProduct",
    params(
        ("id" = String, Path, description = "Its part number, 1 to 64 bytes."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutProduct,
    responses(
        (status = 200, description = "It is like that.", body = CatalogProduct),
        (status = 201, description = "It is new.", body = CatalogProduct),
        (status = 409, description = "There is no such meter, or a contract prices it."),
        (status = 412, description = "It is not what If-Match asks for."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Strict(body): Strict<PutProduct>,
) -> Result<Response, ApiError> {
    let condition = condition.or_version(body.version);
    let (actor, product) = (operator.actor(&state), read(id, body.product)?);
    let put = catalog::put_product(&state, actor, product, condition.expect()).await?;
    put_answer(put, condition, |product| product.version, show)
}
