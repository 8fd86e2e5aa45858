//! Access tokens. Only the hashes of their secret halves are kept.

use exchequer_core::Instant;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::clients::{self, Client};
use super::organizations::{self, Organization};
use super::{Actor, ClientId, PARTITION, audit};
use crate::StoreError;

/// What a token is known by: its client, and the hash of its secret half.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenKey {
    client: ClientId,
    hash: [u8; 32],
}

impl TokenKey {
    /// The key of the token with that secret half.
    #[must_use]
    pub fn new(client: ClientId, secret: &[u8; 32]) -> Self {
        Self {
            client,
            hash: Sha256::digest(secret).into(),
        }
    }

    /// The token's client.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.client
    }
}

/// Who a valid token belongs to.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The client.
    pub client: Client,
    /// Its organisation.
    pub organization: Organization,
}

/// Keeps a new token, and forgets those of its client that have expired.
///
/// # Errors
/// If the database fails.
pub fn issue(
    tx: &Connection,
    key: &TokenKey,
    now: Instant,
    expires: Instant,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND expires <= $3",
    )?
    .execute(params![PARTITION, key.client.as_bytes(), now.micros()])?;
    tx.prepare_cached(
        "INSERT INTO access_token (partition, client, hash, expires) VALUES ($1, $2, $3, $4)",
    )?
    .execute(params![
        PARTITION,
        key.client.as_bytes(),
        key.hash,
        expires.micros()
    ])?;
    Ok(())
}

/// Whose token this is, if it is valid now.
///
/// # Errors
/// If the database fails.
pub fn find(
    connection: &Connection,
    key: &TokenKey,
    now: Instant,
) -> Result<Option<Bearer>, StoreError> {
    let expires: Option<i64> = connection
        .prepare_cached(
            "SELECT expires FROM access_token
             WHERE partition = $1 AND client = $2 AND hash = $3",
        )?
        .query_row(params![PARTITION, key.client.as_bytes(), key.hash], |row| {
            row.get(0)
        })
        .optional()?;
    if expires.is_none_or(|expires| expires <= now.micros()) {
        return Ok(None);
    }
    let Some(client) = clients::find(connection, key.client)? else {
        return Ok(None);
    };
    let organization = organizations::find(connection, client.organization)?;
    Ok(organization.map(|organization| Bearer {
        client,
        organization,
    }))
}

/// Ends a token.
///
/// # Errors
/// If the database fails.
pub fn revoke(tx: &Connection, actor: &Actor, key: &TokenKey) -> Result<bool, StoreError> {
    let ended = tx.execute(
        "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND hash = $3",
        params![PARTITION, key.client.as_bytes(), key.hash],
    )?;
    if ended > 0 {
        let entry = audit::Entry {
            organization: actor.organization,
            action: "token.revoke",
            object: &key.client.to_string(),
            detail: "",
        };
        audit::record(tx, actor, &entry)?;
    }
    Ok(ended > 0)
}
