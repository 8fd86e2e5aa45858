//! Products of the catalog.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::catalog::products;
use exchequer_app::documents::{name, product};
use exchequer_app::{App, Error};
use exchequer_core::Day;
use exchequer_store::catalog::Actor;
use exchequer_store::catalog::products::{Stored, Words};
use exchequer_types::catalog::EarlierWords;
use exchequer_types::{BulkAnswer, BulkPut, CatalogProduct, Listing, PutProduct};

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
            charged_in_ramp: Some(product.charged_in_ramp),
            cancellable: product.cancellable,
        },
        earlier: stored.earlier.into_iter().map(earlier).collect(),
        version: stored.version,
    }
}

fn earlier((ends, words): (Day, Words)) -> EarlierWords {
    EarlierWords {
        until: ends.prev().to_string(),
        name: words.name,
        charge: words.charge,
        grouping: words.grouping,
        unit: words.unit,
        unit_of_measure: words.unit_of_measure,
        cancellable: words.cancellable,
    }
}

/// Lists products, sorted by part number.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogProducts",
    params(
        ("pageSize" = Option<u32>, Query, minimum = 1, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, minimum = 1, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogProduct>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::parse(&params)?;
    let window = paging.window();
    let page = products::list(&app, window).await?;
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
    State(app): State<App>,
    _operator: Operator,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = products::find(&app, id).await?;
    let version = found.version;
    versioned(ok(&to_wire(found))?, version)
}

/// Creates or updates a product.
///
/// While a contract prices the product, its meter, bundle, `thirdParty` and
/// `chargedInRamp` can only be changed with a `reason`: all that is not closed is rated by
/// them then. Names, unit and grouping can, from a day on: billing periods
/// that ended before it keep the old ones.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogProduct",
    params(
        ("id" = String, Path, min_length = 1, max_length = 64, description = "The part number, 1 to 64 bytes."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` makes the change only if there is none with this id."),
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
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<String>,
    condition: Condition,
    Document(body): Document<PutProduct>,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&app);
    put_one(app, actor, id, condition, body).await?.answer()
}

async fn put_one(
    app: App,
    actor: Actor,
    id: String,
    condition: Condition,
    body: PutProduct,
) -> Result<Written<CatalogProduct>, ApiError> {
    let condition = condition.or_version(body.version)?;
    let product = product::parse(id, body.product).map_err(Error::from)?;
    let effective = body.effective.as_deref();
    let effective = effective.map(|day| name::parse_effective(day, actor.at));
    let effective = effective.transpose().map_err(Error::from)?;
    let reason = body.reason;
    let put = products::put(&app, actor, product, effective, reason, condition.expect()).await?;
    written(put, condition, |product| product.version, to_wire)
}

/// Creates or changes many products, in the order of the request.
///
/// Each fares as if it were put alone, with its `id` beside the other fields: one that is
/// refused keeps none of the others back. So the request can be sent again.
#[utoipa::path(
    post,
    path = PATH,
    tag = "Catalog",
    operation_id = "postBillingCatalogProducts",
    request_body = BulkPut<PutProduct>,
    responses((status = 200, description = "The outcome for each of them, in order.", body = BulkAnswer<CatalogProduct>)),
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

/// Deletes a product that no contract prices.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogProduct",
    params(
        ("id" = String, Path, min_length = 1, max_length = 64, description = "The part number."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "A contract prices the product."),
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
    let deletion = products::delete(&app, actor, id, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
