//! `GET /api/v2/billing/trusteebillingoverview/{trustorOrgId}`.

use axum::extract::State;
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::billing::{PeriodSelector, rate_period};
use exchequer_types::TrusteeBillingOverview;

use super::period::{index, uri, wants_charges};
use crate::auth::TrustedCustomer;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::wire::overview;

const PATH: &str = "/api/v2/billing/trusteebillingoverview";

/// Returns the billing overview of an organisation that a partner manages.
///
/// Prices do not include taxes. The answer is 404 if the organisation does not
/// trust the caller's, if the index is beyond the first period, or if the period does
/// not begin within the dates of the trust.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{trustorOrgId}",
    tag = "Billing",
    operation_id = "getBillingTrusteebillingoverviewTrustorOrgId",
    params(
        ("trustorOrgId" = uuid::Uuid, Path,
            description = "The organization ID of the trustor (customer) organization."),
        ("billingPeriodIndex" = Option<u32>, Query, minimum = 0,
            description = "0 for active period (overview data may change until period closes). \
                1 for prior completed billing period. 2 for two billing cycles prior, and so on."),
        ("expand" = Option<String>, Query, description = "`charges` adds the charges."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation of the partner."),
    ),
    responses((status = 200, description = "The overview.", body = TrusteeBillingOverview)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    TrustedCustomer {
        partner,
        customer,
        dates,
    }: TrustedCustomer,
    params: Params,
) -> Result<Response, ApiError> {
    let selector = PeriodSelector::Index(index(&params)?);
    let read = AuditedRead {
        organization: customer.id,
        action: "overview.read",
        object: "trusteebillingoverview",
        detail: format!("{selector} by {}", partner.id()),
    };
    // The entry is durable before anything is shown, and costs no extra time.
    let (recorded, rated) = tokio::join!(
        read.record(&app, &partner),
        rate_period(&app, customer.id, selector, dates),
    );
    recorded?;
    let rated = rated?;
    let mut overview = overview::to_wire(&customer, &rated, wants_charges(&params));
    let path = format!("{PATH}/{}", customer.id);
    overview.self_uri = Some(uri(&path, rated.index, &partner));
    ok(&overview)
}
