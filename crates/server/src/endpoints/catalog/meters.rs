//! Meters of the catalog.

pub(crate) mod rule;

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::{Day, Meter};
use exchequer_store::catalog::{Page, meters};
use exchequer_types::{CatalogMeter, CatalogMeterVersion, Listing, PutMeter, dates};

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
use crate::uri;

const PATH: &str = "/api/v2/billing/catalog/meters";

/// Returns the number of the newest version.
fn newest(meter: &Meter) -> u64 {
    let numbers = meter.versions.iter().map(|version| version.version);
    // A set of meters refuses one without a version.
    u64::from(numbers.max().expect("a meter has a version"))
}

fn to_wire(meter: Meter) -> CatalogMeter {
    let number = newest(&meter);
    let mut versions: Vec<_> = meter
        .versions
        .iter()
        .map(|version| CatalogMeterVersion {
            version: u64::from(version.version),
            effective: version.begins.to_string(),
            rule: rule::show(version),
        })
        .collect();
    versions.sort_by_key(|version| version.version);
    CatalogMeter {
        id: meter.name.clone(),
        version: number,
        rule: versions
            .last()
            .map(|version| version.rule.clone())
            .expect("a meter has a version"),
        versions,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&meter.name))),
        name: meter.name,
    }
}

/// Lists meters, sorted by name.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogMeters",
    params(
        ("pageSize" = Option<u32>, Query, description = "The size of a page: 25 by default, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "The number of the page, from 1."),
    ),
    responses((status = 200, description = "A page of the list.", body = Listing<CatalogMeter>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let set = state.database().read(meters::load).await?;
    // On a machine of 32 bits a larger offset is beyond every meter as well.
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let rows = set.meters().iter().skip(offset).take(window.limit as usize);
    let page = Page {
        rows: rows.cloned().collect(),
        total: set.meters().len() as u64,
    };
    ok(&paging.listing(page, PATH, None, to_wire))
}

/// Returns a meter with all of its versions.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogMeter",
    params(("id" = String, Path, description = "The name.")),
    responses((status = 200, description = "The meter.", body = CatalogMeter)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    _operator: Operator,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    let set = state.database().read(meters::load).await?;
    let meter = set
        .by_name(&name)
        .cloned()
        .ok_or_else(ApiError::not_found)?;
    let version = newest(&meter);
    versioned(ok(&to_wire(meter))?, version)
}

/// Creates a meter or adds a version to it.
///
/// A rule that differs from that of the newest version becomes a new version.
/// The earlier versions stay in force for the days before it. Usage that is
/// already stored is counted again.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogMeter",
    params(
        ("id" = String, Path, description = "The name, 1 to 128 bytes."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    request_body = PutMeter,
    responses(
        (status = 200, description = "Updated or unchanged.", body = CatalogMeter),
        (status = 201, description = "Created.", body = CatalogMeter),
        (status = 409, description = "The meter contradicts another meter."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn put(
    State(state): State<AppState>,
    operator: Operator,
    Path(name): Path<String>,
    condition: Condition,
    Json(body): Json<PutMeter>,
) -> Result<Response, ApiError> {
    if name.len() > 128 || name.trim().is_empty() || name.chars().any(char::is_control) {
        let why = "name must be 1 to 128 bytes without control characters";
        return Err(ApiError::constraint("name", why));
    }
    let condition = condition.or_version(body.version);
    let effective = body.effective.as_deref().map(day).transpose()?;
    let rule = rule::read(body.rule)?;
    let actor = operator.actor(&state);
    let put = catalog::put_meter(&state, actor, name, rule, effective, condition.expect()).await?;
    put_answer(put, condition, newest, to_wire)
}

/// Parses a day that events can have.
fn day(text: &str) -> Result<Day, ApiError> {
    let day = dates::parse_day(text).map(Day::from_number);
    let first = Day::from_ymd(2000, 1, 1);
    match (day, first) {
        (Ok(day), Some(first)) if day >= first => Ok(day),
        _ => Err(ApiError::constraint(
            "effective",
            "effective must be a day from 2000-01-01 on",
        )),
    }
}

/// Deletes a meter that cannot have counted any usage yet.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogMeter",
    params(
        ("id" = String, Path, description = "The name."),
        ("If-Match" = Option<String>, Header, description = "Makes the change only if this is the current `ETag`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "There is usage since the meter began."),
        (status = 412, description = "The current version does not match `If-Match`."),
    ),
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    operator: Operator,
    Path(name): Path<String>,
    condition: Condition,
) -> Result<Response, ApiError> {
    let actor = operator.actor(&state);
    let deletion = catalog::delete_meter(&state, actor, name, condition.expect()).await?;
    deletion_answer(deletion, condition)
}
