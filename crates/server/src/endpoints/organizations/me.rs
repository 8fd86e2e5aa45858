//! `GET /api/v2/organizations/me`.

use axum::response::Response;
use exchequer_types::Organization;

use crate::auth::Tenant;
use crate::endpoints::ok;
use crate::error::ApiError;

const PATH: &str = "/api/v2/organizations/me";

/// Returns the caller's organisation.
///
/// Its id and its name, as the operator put them.
#[utoipa::path(
    get,
    path = PATH,
    tag = "Organizations",
    operation_id = "getOrganizationsMe",
    responses((status = 200, description = "The organisation.", body = Organization)),
)]
pub(crate) async fn get(tenant: Tenant) -> Result<Response, ApiError> {
    let organization = tenant.organization();
    ok(&Organization {
        id: organization.id.to_string(),
        name: Some(organization.name.clone()),
        version: organization.version,
        state: Some("active".to_owned()),
        self_uri: Some(PATH.to_owned()),
    })
}
