//! `GET /api/v2/billing/contracts/{contractId}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::audited_reads::AuditedRead;
use exchequer_app::{App, contract_operations};
use exchequer_types::BillingContract;

use super::CONTRACTS;
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;
use crate::wire::contracts;

/// Returns a contract of the caller's organisation.
#[utoipa::path(
    get,
    context_path = CONTRACTS,
    path = "/{contractId}",
    tag = "Billing",
    operation_id = "getBillingContract",
    params(
        ("contractId" = String, Path, description = "The contract number."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation of the contract."),
    ),
    responses((status = 200, description = "The contract.", body = BillingContract)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(number): Path<String>,
) -> Result<Response, ApiError> {
    let read = AuditedRead {
        organization: tenant.id(),
        action: "contract.read",
        object: "contracts",
        detail: number.clone(),
    };
    read.record_if_foreign(&app, &tenant).await?;
    let found = contract_operations::contract(&app, tenant.id(), &number).await?;
    ok(&contracts::to_wire(tenant.organization(), &found))
}
