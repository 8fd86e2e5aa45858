//! Giving out access tokens and ending them.

use exchequer_core::{Instant, MICROS_PER_SECOND};
use exchequer_store::catalog::ClientId;
use exchequer_store::catalog::clients::{self, Client};
use exchequer_store::tokens;
use exchequer_store::{Snapshot, Transaction};

use crate::access::Caller;
use crate::access_token::AccessToken;
use crate::app::App;
use crate::error::Error;

/// The credentials of a client.
pub struct Credentials {
    /// The client that it says it is.
    pub client: ClientId,
    /// The secret as it may be meant: as sent, and form-decoded, because OAuth
    /// 2 asks for that in a Basic header and most clients do not do it.
    pub secrets: Vec<String>,
}

/// A token that was just given to a client.
pub struct IssuedToken {
    /// The token.
    pub token: AccessToken,
    /// Seconds for which it is valid.
    pub seconds: u32,
}

/// Finds the client whose credentials these are.
///
/// # Errors
/// If the database fails.
pub async fn authenticate(app: &App, credentials: Credentials) -> Result<Option<Client>, Error> {
    let Credentials { client, secrets } = credentials;
    let find = move |db: &Snapshot<'_>| clients::authenticate(db, client, &secrets);
    let client = app.database().read_one(find);
    Ok(client.await?)
}

/// Gives a token to a client that was authenticated; none if the client was
/// deleted meanwhile.
///
/// # Errors
/// If the database fails, or there is no randomness.
pub async fn issue(app: &App, client: &Client) -> Result<Option<IssuedToken>, Error> {
    let now = app.now();
    let token = AccessToken::new(client.id, app.ambient().random()?);
    let key = token.key();
    let life = i64::from(client.token_seconds) * MICROS_PER_SECOND;
    let expires = Instant::from_micros(now.micros().saturating_add(life));
    let organization = client.organization;
    let issue = move |tx: &Transaction<'_>| tokens::issue(tx, &key, organization, now, expires);
    let issued = app.database().write_one(issue).await?;
    Ok(issued.then_some(IssuedToken {
        token,
        seconds: client.token_seconds,
    }))
}

/// Ends the caller's token.
///
/// # Errors
/// If the database fails.
pub async fn revoke(app: &App, caller: &Caller) -> Result<(), Error> {
    let (actor, key) = (caller.actor(app.now()), caller.token);
    app.database()
        .write_in(actor.organization, move |tx| {
            tokens::revoke(tx, &actor, &key)
        })
        .await?;
    Ok(())
}
