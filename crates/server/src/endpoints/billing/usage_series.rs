//! `GET /api/v2/billing/usage/series`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, evidence};
use exchequer_core::Zone;
use exchequer_types::{Granularity, UsageSeries};

use super::range;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::wire::usage::series_to_wire;

/// Returns the usage of one meter by hour, day or month.
///
/// Hours, days and months are those of a time zone, that of the contract unless another is
/// asked for; dates without an offset are of that zone, too. The first and the last bucket
/// are cut to the range `[startDate, endDate)`. Each bucket holds what a report of just its range would say. A
/// series has at most 1,000 buckets.
#[utoipa::path(
    get,
    path = "/api/v2/billing/usage/series",
    tag = "Usage",
    operation_id = "getBillingUsageSeries",
    params(
        ("meter" = String, Query, min_length = 1, description = "The name of the meter."),
        ("startDate" = String, Query, format = DateTime,
            description = "The start of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("endDate" = String, Query, format = DateTime,
            description = "The end of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("granularity" = Option<Granularity>, Query, description = "The length of the buckets, `day` by default."),
        ("timeZone" = Option<String>, Query, description = "The time zone of the buckets, a name of the IANA database such \
            as Europe/Berlin. By default that of the contract in force at the end of the range, or of the last \
            one before; UTC without a contract."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose usage to show."),
    ),
    responses((status = 200, description = "The series.", body = UsageSeries)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let zone = match zone(&params)? {
        Some(zone) => zone,
        None => evidence::zone_of(&app, tenant.id(), range::parse(&params)?).await?,
    };
    let range = range::parse_in(&params, &zone)?;
    let granularity = granularity(&params)?;
    app.catch_up().await?;
    let meter = evidence::meter(&app, params.get("meter").unwrap_or_default())?;
    let buckets = evidence::buckets(range, granularity, &zone)?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "series.read",
        object: "usage/series",
        detail: format!(
            "{} of {meter} by {granularity} of {}",
            range::to_text(range),
            zone.name()
        ),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let counted = evidence::series(&app, tenant.id(), meter.clone(), buckets.clone()).await?;
    ok(&series_to_wire(
        meter,
        range,
        granularity,
        &zone,
        &buckets,
        &counted,
    ))
}

fn zone(params: &Params) -> Result<Option<Zone>, ApiError> {
    const NAME: &str = "timeZone";
    let named = params.get(NAME).filter(|text: &&str| !text.is_empty());
    let read = |text| {
        let allowed = "names of the IANA database, such as Europe/Berlin";
        Zone::named(text).map_err(|_unknown| ApiError::invalid_param(text, NAME, allowed))
    };
    named.map(read).transpose()
}

fn granularity(params: &Params) -> Result<Granularity, ApiError> {
    const NAME: &str = "granularity";
    match params.get(NAME) {
        None | Some("") => Ok(Granularity::default()),
        Some(text) => text
            .parse()
            .map_err(|_unknown| ApiError::invalid_param(text, NAME, "hour, day, month")),
    }
}
