//! Clients of the catalog.

pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put;
mod wish;

use exchequer_store::catalog::ClientId;
use exchequer_store::catalog::clients::Client;
use exchequer_types::CatalogClient;
use uuid::Uuid;

use crate::error::ApiError;

const PATH: &str = "/api/v2/billing/catalog/clients";

fn show(client: Client) -> CatalogClient {
    CatalogClient {
        id: client.id.to_string(),
        organization: client.organization.to_string(),
        name: client.name,
        permissions: client.permissions,
        access_token_validity_seconds: client.token_seconds,
        secrets: client.secrets,
        secret: None,
        version: client.version,
        self_uri: Some(format!("{PATH}/{}", client.id)),
    }
}

fn parse_id(text: &str) -> Option<ClientId> {
    let hyphenated = (text.len() == 36).then_some(text)?;
    Uuid::try_parse(hyphenated).ok().map(ClientId::from_uuid)
}

/// An id that may name something; what cannot be an id names nothing.
fn existing_id(text: &str) -> Result<ClientId, ApiError> {
    parse_id(text).ok_or_else(ApiError::not_found)
}
