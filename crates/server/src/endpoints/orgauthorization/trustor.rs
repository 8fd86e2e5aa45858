//! `GET /api/v2/orgauthorization/trustors/{trustorOrgId}`.

use axum::extract::{Path, State};
use axum::response::Response;
use exchequer_app::App;
use exchequer_app::catalog::trusts;
use exchequer_core::OrganizationId;
use exchequer_store::catalog::trusts::Parties;
use exchequer_types::Trustor;

use super::show::{TRUSTORS, trustor};
use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;

/// Returns a customer of the caller's organisation.
#[utoipa::path(
    get,
    context_path = TRUSTORS,
    path = "/{trustorOrgId}",
    tag = "Organization Authorization",
    operation_id = "getOrgauthorizationTrustor",
    params(
        ("trustorOrgId" = uuid::Uuid, Path, description = "The customer's organization ID."),
        ("organizationId" = Option<uuid::Uuid>, Query, description = "For operators: the organisation that the customer trusts."),
    ),
    responses((status = 200, description = "The customer.", body = Trustor)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    tenant: Tenant,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let other: OrganizationId = id.parse().map_err(|_| ApiError::not_found())?;
    let parties = Parties {
        trustee: tenant.id(),
        trustor: other,
    };
    let found = trusts::find_with(&app, parties, other).await?;
    ok(&trustor(&app, found, &tenant))
}
