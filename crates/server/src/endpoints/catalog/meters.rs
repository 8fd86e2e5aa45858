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

fn newest(meter: &Meter) -> u64 {
    meter
        .versions
        .iter()
        .map(|version| u64::from(version.version))
        .max()
        .unwrap_or(0)
}

fn show(meter: Meter) -> CatalogMeter {
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
            .unwrap_or_default(),
        versions,
        self_uri: Some(format!("{PATH}/{}", uri::escape(&meter.name))),
        name: meter.name,
    }
}

/// Lists meters, by name.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Catalog",
    operation_id = "getBillingCatalogMeters",
    params(
        ("pageSize" = Option<u32>, Query, description = "25 unless given, at most 200."),
        ("pageNumber" = Option<u32>, Query, description = "From 1."),
    ),
    responses((status = 200, description = "A page.", body = Listing<CatalogMeter>)),
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    _operator: Operator,
    params: Params,
) -> Result<Response, ApiError> {
    let paging = Paging::read(&params)?;
    let window = paging.window();
    let set = state.database().read(meters::load).await?;
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let rows = set.meters().iter().skip(offset).take(window.limit as usize);
    let page = Page {
        rows: rows.cloned().collect(),
        total: set.meters().len() as u64,
    };
    ok(&paging.listing(page, PATH, None, show))
}

/// Shows a meter and all of its versions.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "getBillingCatalogMeter",
    params(("id" = String, Path, description = "Its name.")),
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
    versioned(ok(&show(meter))?, version)
}

/// Creates a meter or gives it a new version.
///
/// A rule that differs from the newest version's becomes a new version; the
/// earlier ones stay as they are for the days before it. Usage that is kept
/// already is counted anew.
#[utoipa::path(
    put,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "putBillingCatalogMeter",
    params(
        ("id" = String, Path, description = "Its name, 1 to 128 bytes."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    request_body = PutMeter,
    responses(
        (status = 200, description = "It is like that.", body = CatalogMeter),
        (status = 201, description = "It is new.", body = CatalogMeter),
        (status = 409, description = "It contradicts another meter."),
        (status = 412, description = "It is not what If-Match asks for."),
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
    put_answer(put, condition, newest, show)
}

/// A day that events can have.
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

/// Deletes a meter that cannot have counted anything yet.
#[utoipa::path(
    delete,
    context_path = PATH,
    path = "/{id}",
    tag = "Catalog",
    operation_id = "deleteBillingCatalogMeter",
    params(
        ("id" = String, Path, description = "Its name."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that it must have."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 409, description = "There is usage since it began."),
        (status = 412, description = "It is not what If-Match asks for."),
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
