//! `GET /api/v2/orgauthorization/trustees/{trusteeOrgId}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::catalog::trusts;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::trusts::Parties;
use exchequer_types::Trustee;

use super::show::{TRUSTEES, trustee};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;

/// Returns a partner of the caller's organisation.
#[utoipa::path(
    get,
    context_path = TRUSTEES,
    path = "/{trusteeOrgId}",
    tag = "Organization Authorization",
    operation_id = "getOrgauthorizationTrustee",
    params(
        ("trusteeOrgId" = uuid::Uuid, Path, description = "The partner's organization ID."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation that trusts the partner."),
    ),
    responses((status = 200, description = "The partner.", body = Trustee)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let other: OrganizationId = id.parse().map_err(|_| ApiError::not_found())?;
    let parties = Parties {
        trustor: tenant.id(),
        trustee: other,
    };
    let found = trusts::find_with(&app, parties, other).await?;
    ok(&trustee(&app, found, &tenant))
}
