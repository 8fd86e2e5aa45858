//! Access tokens.

use serde::{Deserialize, Serialize};

use crate::NamedEntity;

/// An access token that was issued.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    /// The token. Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// The type of the token, always `bearer`.
    pub token_type: String,
    /// The lifetime of the token, in seconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 300, maximum = 172800))]
    pub expires_in: u32,
}

/// The metadata of the authorisation server (RFC 8414), by which OAuth 2 clients find the
/// token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OauthMetadata {
    /// The address of the server.
    pub issuer: String,
    /// The address for token requests.
    pub token_endpoint: String,
    /// The grants, only `client_credentials`.
    pub grant_types_supported: Vec<String>,
    /// Empty: no person signs in here.
    pub response_types_supported: Vec<String>,
    /// The ways to send the credentials of a client.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// The address of the page about the API.
    pub service_documentation: String,
}

impl std::fmt::Debug for TokenResponse {
    // A token is a credential: it must not reach a log through `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// A refused request for a token: the fields of OAuth 2, those that the Go SDK
/// reads, and those of every other error body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenError {
    /// The OAuth 2 error, e.g. `invalid_client`.
    pub error: String,
    /// The reason, for people.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub description: String,
    /// The reason, under the name that OAuth 2 gives it.
    #[serde(default, rename = "error_description")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error_description: String,
    /// The reason, under the name that every other error body uses.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub message: String,
    /// A code for programs.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub code: String,
    /// The HTTP status.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required, minimum = 400, maximum = 599))]
    pub status: u16,
    /// The correlation id of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uuid", required))]
    pub context_id: Option<String>,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TokenInfo {
    /// The organisation that the token acts in.
    pub organization: NamedEntity,
    /// The organisation of the token's client.
    pub home_organization: NamedEntity,
    /// The permissions of the token, which are those of its client.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub authorized_scope: Vec<String>,
    /// The client that the token was issued to.
    #[serde(rename = "OAuthClient")]
    pub oauth_client: OAuthClientRef,
}

/// The client of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OAuthClientRef {
    /// The id.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// The organisation of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub organization: Option<NamedEntity>,
}
