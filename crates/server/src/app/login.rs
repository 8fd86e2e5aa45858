//! Giving out access tokens and ending them.

use std::net::IpAddr;

use exchequer_core::{Instant, MICROS_PER_SECOND};
use exchequer_store::Transaction;
use exchequer_store::catalog::clients::{self, Client};
use exchequer_store::tokens;
use exchequer_types::TokenResponse;

use crate::auth::{AccessToken, Caller, Credentials};
use crate::error::ApiError;
use crate::limits::Key;
use crate::middleware::RequestContext;
use crate::state::AppState;

/// Gives a token for the right credentials.
pub(crate) async fn grant(
    state: &AppState,
    credentials: Option<Credentials>,
    address: Option<IpAddr>,
    context: &RequestContext,
) -> Result<TokenResponse, ApiError> {
    let now = state.now();
    let address = address.map(Key::address);
    if let Some(address) = address {
        state.peek(address).await?.check()?;
    }
    let Some(client) = authenticate(state, credentials).await? else {
        if let Some(address) = address {
            state.hit(address).await?;
        }
        return Err(ApiError::bad_credentials().oauth("invalid_client"));
    };
    context.called_by(client.id);
    let standing = state
        .hit(Key::Client(client.id, client.organization))
        .await?;
    context.stands(standing);
    standing.check()?;
    issue(state, &client, now).await
}

async fn authenticate(
    state: &AppState,
    credentials: Option<Credentials>,
) -> Result<Option<Client>, ApiError> {
    let Some(credentials) = credentials else {
        return Ok(None);
    };
    let Credentials { client, secrets } = credentials;
    let client = state
        .database()
        .read_one(move |db| clients::authenticate(db, client, &secrets));
    Ok(client.await?)
}

async fn issue(state: &AppState, client: &Client, now: Instant) -> Result<TokenResponse, ApiError> {
    let token = AccessToken::new(client.id, state.ambient().random()?);
    let key = token.key();
    let life = i64::from(client.token_seconds) * MICROS_PER_SECOND;
    let expires = Instant::from_micros(now.micros().saturating_add(life));
    let organization = client.organization;
    let issue = move |tx: &Transaction<'_>| tokens::issue(tx, &key, organization, now, expires);
    if !state.database().write_one(issue).await? {
        return Err(ApiError::bad_credentials().oauth("invalid_client"));
    }
    Ok(TokenResponse {
        access_token: token.expose(),
        token_type: "bearer".to_owned(),
        expires_in: client.token_seconds,
    })
}

/// Ends the caller's token.
pub(crate) async fn revoke(state: &AppState, caller: &Caller) -> Result<(), ApiError> {
    let (actor, key) = (caller.actor(state.now()), caller.token);
    state
        .database()
        .write_in(actor.organization, move |tx| {
            tokens::revoke(tx, &actor, &key)
        })
        .await?;
    Ok(())
}
