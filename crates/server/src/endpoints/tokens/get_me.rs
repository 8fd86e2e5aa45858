//! `GET` and `HEAD /api/v2/tokens/me`.

use axum::response::Response;
use exchequer_types::{NamedEntity, OAuthClientRef, TokenInfo};

use crate::auth::Caller;
use crate::endpoints::ok;
use crate::error::ApiError;

/// Returns the owner of the token.
///
/// The client, its organisation, and the permissions that it has now.
#[utoipa::path(
    method(get, head),
    path = super::PATH,
    tag = "Tokens",
    operation_id = "getTokensMe",
    responses((status = 200, description = "The token is valid.", body = TokenInfo)),
)]
pub(crate) async fn get(caller: Caller) -> Result<Response, ApiError> {
    let organization = NamedEntity {
        id: caller.organization.id.to_string(),
        name: Some(caller.organization.name.clone()),
    };
    ok(&TokenInfo {
        organization: organization.clone(),
        home_organization: organization.clone(),
        authorized_scope: caller.client.permissions.clone(),
        oauth_client: OAuthClientRef {
            id: caller.client.id.to_string(),
            name: Some(caller.client.name.clone()),
            organization: Some(organization),
        },
    })
}
