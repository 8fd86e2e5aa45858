//! `GET /api/v2/billing/contracts/{contractId}/billingperiods/{billingPeriodId}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, contract_operations};
use exchequer_types::BillingContractPeriodDetail;

use super::CONTRACTS;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::wire::contract_periods;

/// Returns a billing period of a contract with its charges and wallets.
///
/// The figures of an open period may still change. Those of a closed one stay as they were
/// when it was closed; what was learnt later is in charges of the kind `adjustment`.
#[utoipa::path(
    get,
    context_path = CONTRACTS,
    path = "/{contractId}/billingperiods/{billingPeriodId}",
    tag = "Billing",
    operation_id = "getBillingContractBillingperiod",
    params(
        ("contractId" = String, Path, description = "The contract number."),
        ("billingPeriodId" = String, Path, description = "The id of the billing period: its first day."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation of the contract."),
    ),
    responses((status = 200, description = "The period.", body = BillingContractPeriodDetail)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path((number, period)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let read = AuditedRead {
        organization: tenant.id(),
        action: "contract.read",
        object: "contracts/billingperiods",
        detail: format!("{number}, period {period}"),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let id = tenant.id();
    let found = contract_operations::contract_period(&app, id, &number, &period).await?;
    ok(&contract_periods::to_wire(tenant.organization(), &found))
}
