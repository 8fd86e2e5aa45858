//! `GET /api/v2/billing/usage/series`.

use axum::extract::State;
use axum::response::Response;
use exchequer_types::{Granularity, UsageSeries};

use super::range::{self, range};
use crate::app::evidence;
use crate::app::looks::{self, Look};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

/// Breaks the usage of one meter down by hour, day or month.
///
/// Buckets are those of UTC; the first and the last are cut to the range, which
/// is `[startDate, endDate)` as of reports. Each bucket stands alone: it holds
/// what a report of its range would. A series has at most 1,000 buckets.
#[utoipa::path(
    get,
    path = "/api/v2/billing/usage/series",
    tag = "Usage",
    operation_id = "getBillingUsageSeries",
    params(
        ("meter" = String, Query, description = "Name of the meter."),
        ("startDate" = String, Query, description = "As of reports."),
        ("endDate" = String, Query, description = "As of reports."),
        ("granularity" = Option<Granularity>, Query, description = "`day` unless given."),
        ("organizationId" = Option<String>, Query, description = "Operators: whose usage."),
    ),
    responses((status = 200, description = "The series.", body = UsageSeries)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let range = range(&params)?;
    let granularity = granularity(&params)?;
    state.catch_up().await?;
    let meter = evidence::meter(&state, params.get("meter").unwrap_or_default())?;
    let buckets = evidence::buckets(range, granularity)?;
    if tenant.is_foreign() {
        let look = Look {
            organization: tenant.id(),
            action: "series.read",
            object: "usage/series",
            detail: format!("{} of {meter} by {granularity}", range::text(range)),
        };
        looks::record(&state, &tenant, look).await?;
    }
    ok(&evidence::series(&state, tenant.id(), meter, range, granularity, buckets).await?)
}

fn granularity(params: &Params) -> Result<Granularity, ApiError> {
    const NAME: &str = "granularity";
    match params.get(NAME) {
        None | Some("") => Ok(Granularity::default()),
        Some(text) => text
            .parse()
            .map_err(|_| ApiError::invalid_param(text, NAME, "hour, day, month")),
    }
}
