//! Products of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::{Product, ProductError, Quantity};
use exchequer_store::catalog::products::{self, Stored};
use exchequer_types::{CatalogProduct, Listing, PutProduct};

use super::condition::Condition;
use super::{deletion_answer, put_answer, versioned};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Strict;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::paging::Paging;
use crate::params::Params;
use crate::state::AppState;
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/products";

fn to_wire(stored: Stored) -> CatalogProduct {
    let product = stored.product;
    CatalogProduct {
        self_uri: Some(format!("{PATH}/{}", uri::escape(&product.sku))),
        id: product.sku,
        product: exchequer_types::catalog::Product {
            name: product.name,
            charge: product.charge,
            meter: product.meter,
            grouping: product.grouping,
            unit: product.unit,
            unit_of_measure: product.unit_of_measure,
            bundle: Some(product.bundle.to_string()),
            third_party: product.third_party,
            cancellable: product.cancellable,
        },
        version: stored.version,
    }
}

/// Reads and checks a product on its own.
pub(crate) fn read(
    sku: String,
    product: exchequer_types::catalog::Product,
) -> Result<Product, ApiError> {
    let bundle = match product.bundle.as_deref() {
        None => Quantity::ONE,
        Some(text) => Quantity::parse(text)
            .map_err(|error| ApiError::constraint("bundle", format!("bundle {error}")))?,
    };
    let product = Product {
        sku,
        name: product.name,
        charge: product.charge,
        meter: product.meter,
        grouping: product.grouping,
        unit: product.unit,
        unit_of_measure: product.unit_of_measure,
        bundle,
        third_party: product.third_party,
        cancellable: product.cancellable,
    };
    match product.validate() {
        Ok(()) => Ok(product),
        Err(error) => Err(ApiError::constraint(field(error), error.to_string())),
    }
}

fn field(error: ProductError) -> &'static str {
    match error {
        ProductError::Text { setting, .. } => setting,
        ProductError::Unit => "unitOfMeasure",
        ProductError::Bundle => "bundle",
    }
}

/// Lists products, sorted by part number.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogProducts",
    params(
        ("pageSize" = Option<u32>, Query, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogProduct>)),
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
        .read(move |db| products::list(db, window))
        .await?;
    ok(&paging.listing(page, PATH, None, to_wire))
}

/// Returns a product.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogProduct",
    params(("id" = String, Path, description = "The part number.")),
    responses((status = 200, description = "The product.", body = CatalogProduct)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = state
        .database()
        .read(move |db| products::find(db, &id))
        .await?;
    let found = found.ok_or_else(ApiError::not_found)?;
    let version = found.version;
    versioned(ok(&to_wire(found))?, version)
}

/// Creates or updates a product.
///
/// While a contract prices the product, its meter, bundle and `thirdParty`
/// cannot be changed.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogProduct",
    params(
        ("id" = String, Path, description = "The part number, 1 to 64 bytes."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    request_body = PutProduct,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogProduct),
        (status = 201, description = "Created.", body = CatalogProduct),
        (status = 409, description = "There is no such meter, or a contract prices the product."),
        (status = 412, description = "The current version does not match `If-Match`."),
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
    put_answer(put, condition, |product| product.version, to_wire)
}

/// Deletes a product that no contract prices.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogProduct",
    params(
        ("id" = String, Path, description = "The part number."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "A contract prices the product."),
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
    let deletion = catalog::delete_product(&state, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
