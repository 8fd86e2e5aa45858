//! `GET /api/v2/billing/subscriptionoverview`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::billing::{PeriodSelector, rate_period};
use exchequer_core::{Instant, TrustDates};
use exchequer_types::TrusteeBillingOverview;

use super::period::{index, uri, wants_charges};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::wire::overview;

pub(super) const PATH: &str = "/api/v2/billing/subscriptionoverview";

/// Returns the billing overview of the caller's organisation.
///
/// The request names the period by its index or by any instant within it.
/// Applications send the instant of its `endDate`.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Billing",
    operation_id = "getBillingSubscriptionoverview",
    params(
        ("billingPeriodIndex" = Option<u32>, Query,
            description = "0 for the active period, 1 for the period before, and so on."),
        ("periodEndingTimestamp" = Option<i64>, Query,
            description = "An instant within the period, in milliseconds since 1970. Used if no index \
                is given."),
        ("expand" = Option<String>, Query, description = "`charges` adds the charges."),
        ("organizationId" = Option<String>, Query, description = "For operators: the organisation to show."),
    ),
    responses((status = 200, description = "The overview.", body = TrusteeBillingOverview)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let selector = selector(&params)?;
    let read = AuditedRead {
        organization: tenant.id(),
        action: "overview.read",
        object: "subscriptionoverview",
        detail: selector.to_string(),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let rated = rate_period(&app, tenant.id(), selector, TrustDates::unlimited()).await?;
    let mut overview = overview::to_wire(tenant.organization(), &rated, wants_charges(&params));
    overview.self_uri = Some(uri(PATH, rated.index, &tenant));
    ok(&overview)
}

fn selector(params: &Params) -> Result<PeriodSelector, ApiError> {
    const NAME: &str = "periodEndingTimestamp";
    let given = |name| params.get(name).filter(|text: &&str| !text.is_empty());
    match (given("billingPeriodIndex"), given(NAME)) {
        (None, Some(text)) => {
            let millis = text.parse::<i64>().ok();
            let micros = millis.and_then(|millis| millis.checked_mul(1000));
            let allowed = "milliseconds since 1970";
            let micros = micros.ok_or_else(|| ApiError::invalid_param(text, NAME, allowed))?;
            Ok(PeriodSelector::Containing(Instant::from_micros(micros)))
        }
        _ => Ok(PeriodSelector::Index(index(params)?)),
    }
}
