//! `GET /api/v2/billing/subscriptionoverview`.

use axum::extract::State;
use axum::response::Response;
use exchequer_core::Instant;
use exchequer_types::TrusteeBillingOverview;

use super::period::{index, uri, wants_charges};
use crate::app::billing::{self, Which};
use crate::app::looks::{self, Look};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

pub(super) const PATH: &str = "/api/v2/billing/subscriptionoverview";

/// Returns the billing overview of the caller's organization.
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
        ("organizationId" = Option<String>, Query, description = "For operators: the organization to show."),
    ),
    responses((status = 200, description = "The overview.", body = TrusteeBillingOverview)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    tenant: Tenant,
    params: Params,
) -> Result<Response, ApiError> {
    let which = which(&params)?;
    if tenant.is_foreign() {
        let look = Look {
            organization: tenant.id(),
            action: "overview.read",
            object: "subscriptionoverview",
            detail: which.to_string(),
        };
        looks::record(&state, &tenant, look).await?;
    }
    let organization = tenant.organization();
    let found = billing::overview(&state, organization, which, wants_charges(&params));
    let (mut overview, index) = found.await?;
    overview.self_uri = Some(uri(PATH, index, &tenant));
    ok(&overview)
}

fn which(params: &Params) -> Result<Which, ApiError> {
    const NAME: &str = "periodEndingTimestamp";
    let given = |name| params.get(name).filter(|text: &&str| !text.is_empty());
    match (given("billingPeriodIndex"), given(NAME)) {
        (None, Some(text)) => {
            let millis = text.parse::<i64>().ok();
            let micros = millis.and_then(|millis| millis.checked_mul(1000));
            let allowed = "milliseconds since 1970";
            let micros = micros.ok_or_else(|| ApiError::invalid_param(text, NAME, allowed))?;
            Ok(Which::Containing(Instant::from_micros(micros)))
        }
        _ => Ok(Which::Index(index(params)?)),
    }
}
