//! `GET /api/v2/billing/usage/explanation`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, explanation};
use exchequer_core::Instant;
use exchequer_types::{UsageExplanation, dates};

use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::wire::usage::explanation_to_wire;

/// Explains what a usage event has come to: which meters count it, in which billing periods it
/// is, and with which entry it was charged; or why nobody is billed for it.
///
/// It is found by its source and id, and by its time as it was sent. Meters are those that are
/// in force.
#[utoipa::path(
    get,
    path = "/api/v2/billing/usage/explanation",
    tag = "Usage",
    operation_id = "getBillingUsageExplanation",
    params(
        ("source" = String, Query, description = "The source of the event."),
        ("id" = String, Query, description = "Its id there."),
        ("time" = String, Query, format = DateTime, description = "The instant at which it happened, exactly as it was sent."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation of the event."),
    ),
    responses(
        (status = 200, description = "What has become of the event.", body = UsageExplanation),
        (status = 404, description = "There is no such event at that time."),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let [source, id, time] =
        ["source", "id", "time"].map(|name| params.get(name).unwrap_or_default());
    let instant = dates::parse(time).map_err(|_| ApiError::invalid_date("time"))?;
    app.catch_up().await?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "explanation.read",
        object: "usage/explanation",
        detail: format!("{source} {id} {time}"),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let time = Instant::from_micros(instant);
    let explained = explanation::event(&app, tenant.id(), source, id, time).await?;
    ok(&explanation_to_wire(explained)?)
}
