//! `GET /api/v2/billing/usage/unbilled`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, unbilled};
use exchequer_types::UnbilledUsage;

use super::range;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::wire::usage::unbilled_to_wire;

/// Returns the usage of a range that no contract bills, with the reason.
///
/// The range `[startDate, endDate)` is cut where contracts begin and end, and where
/// they get new lines. Each stretch holds what a report of just it would say.
#[utoipa::path(
    get,
    path = "/api/v2/billing/usage/unbilled",
    tag = "Usage",
    operation_id = "getBillingUsageUnbilled",
    params(
        ("startDate" = String, Query, format = DateTime,
            description = "The start of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("endDate" = String, Query, format = DateTime,
            description = "The end of the range, e.g. yyyy-MM-ddTHH:mm:ss[.mmm]Z."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation whose usage to show."),
    ),
    responses((status = 200, description = "The usage that nobody is billed for.", body = UnbilledUsage)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let range = range::parse(&params)?;
    app.catch_up().await?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "unbilled.read",
        object: "usage/unbilled",
        detail: range::to_text(range),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let listed = unbilled::list(&app, tenant.id(), range).await?;
    ok(&unbilled_to_wire(range, listed))
}
