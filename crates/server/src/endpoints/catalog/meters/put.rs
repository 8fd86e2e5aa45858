//! `PUT /api/v2/billing/catalog/meters/{id}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_core::Day;
use exchequer_types::{CatalogMeter, PutMeter, dates};

use super::{newest, rule, show};
use crate::app::catalog;
use crate::auth::Operator;
use crate::body::Json;
use crate::endpoints::catalog::condition::Condition;
use crate::endpoints::catalog::put_answer;
use crate::error::ApiError;
use crate::state::AppState;

/// Creates a meter or gives it a new version.
///
/// A rule that differs from the newest version's becomes a new version; the
/// earlier ones stay as they are for the days before it. Usage that is kept
/// already is counted anew.
#[utoipa::path(
    put,
    path = "/api/v2/billing/catalog/meters/{id}",
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
