//! Organisations of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;

use exchequer_core::OrganizationId;
use exchequer_store::catalog::organizations::Organization;
use exchequer_types::CatalogOrganization;

use crate::error::ApiError;

const PATH: &str = "/api/v2/billing/catalog/organizations";

fn show(organization: Organization) -> CatalogOrganization {
    CatalogOrganization {
        id: organization.id.to_string(),
        name: organization.name,
        operator: organization.operator,
        version: organization.version,
        self_uri: Some(format!("{PATH}/{}", organization.id)),
    }
}

/// An id that may name something; what cannot be an id names nothing.
fn existing_id(text: &str) -> Result<OrganizationId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}
