//! `GET /api/v2/billing/trusteebillingoverview/{trustorOrgId}`.

use axum::extract::State;
use axum::response::Response;
use exchequer_types::TrusteeBillingOverview;

use super::period::{index, uri, wants_charges};
use crate::app::billing::{self, Which};
use crate::app::looks::{self, Look};
use crate::auth::Managed;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::AppState;

const PATH: &str = "/api/v2/billing/trusteebillingoverview";

/// Returns the billing overview of an organization that a partner manages.
///
/// Prices do not include taxes. The answer is 404 if the organization does not
/// trust the caller's, or if the index is beyond the first period.
#[utoipa::path(
    get,
    context_path = PATH,
    path = "/{trustorOrgId}",
    tag = "Billing",
    operation_id = "getBillingTrusteebillingoverviewTrustorOrgId",
    params(
        ("trustorOrgId" = String, Path,
            description = "The organization ID of the trustor (customer) organization."),
        ("billingPeriodIndex" = Option<u32>, Query,
            description = "0 for active period (overview data may change until period closes). \
                1 for prior completed billing period. 2 for two billing cycles prior, and so on."),
        ("expand" = Option<String>, Query, description = "`charges` adds the charges."),
        ("organizationId" = Option<String>, Query, description = "For operators: the organization of the partner."),
    ),
    responses((status = 200, description = "The overview.", body = TrusteeBillingOverview)),
)]
pub(crate) async fn get(
    State(state): State<AppState>,
    Managed { partner, customer }: Managed,
    params: Params,
) -> Result<Response, ApiError> {
    let which = Which::Index(index(&params)?);
    let look = Look {
        organization: customer.id,
        action: "overview.read",
        object: "trusteebillingoverview",
        detail: format!("{which} by {}", partner.id()),
    };
    // The trace is durable before anything is shown, and costs no extra time.
    let (traced, found) = tokio::join!(
        looks::record(&state, &partner, look),
        billing::overview(&state, &customer, which, wants_charges(&params)),
    );
    traced?;
    let (mut overview, index) = found?;
    let path = format!("{PATH}/{}", customer.id);
    overview.self_uri = Some(uri(&path, index, &partner));
    ok(&overview)
}
