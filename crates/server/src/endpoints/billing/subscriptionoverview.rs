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
        ("billingPeriodIndex" = Option<u32>, Query, minimum = 0,
            description = "0 for the active period, 1 for the period before, and so on."),
        ("periodEndingTimestamp" = Option<i64>, Query,
            description = "An instant within the period, in milliseconds since 1970. Used if no index \
                is given."),
        ("expand" = Option<String>, Query, description = "`charges` adds the charges."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation to show."),
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
            let allowed = "milliseconds since 1970";
            let micros =
                micros(text).ok_or_else(|| ApiError::invalid_param(text, NAME, allowed))?;
            Ok(PeriodSelector::Containing(Instant::from_micros(micros)))
        }
        _ => Ok(PeriodSelector::Index(index(params)?)),
    }
}

/// Parses milliseconds as microseconds. An instant beyond all periods is no mistake of form:
/// it is 404.
fn micros(text: &str) -> Option<i64> {
    let (digits, beyond) = match text.strip_prefix('-') {
        Some(digits) => (digits, i64::MIN),
        None => (text, i64::MAX),
    };
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let millis = whole.then(|| text.parse().unwrap_or(beyond));
    millis.map(|millis: i64| millis.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[test]
    fn an_instant_is_a_whole_number_of_milliseconds() {
        assert_eq!(micros("1796083199999"), Some(1_796_083_199_999_000));
        assert_eq!(micros("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(micros("99999999999999999999"), Some(i64::MAX));
        for bad in ["", "-", "1.5", "now", "99999999999999999999x"] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }
}
