//! Access tokens. Only the hashes of their secret halves are kept.

use exchequer_core::Instant;
use sha2::{Digest, Sha256};

use super::clients::{self, Client};
use super::organizations::{self, Organization};
use super::{Actor, ClientId, PARTITION, audit};
use crate::StoreError;
use crate::rate_limit::{self, Window};
use crate::sql::{Row, Sql, params};

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

    /// Client and hash, one after the other.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [&self.client.as_bytes()[..], &self.hash].concat()
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
/// `false` if the client was deleted since it was asked who it is: its tokens
/// must not work again once another client has its id.
///
/// # Errors
/// If the database fails.
pub fn issue(
    tx: &Sql<'_>,
    key: &TokenKey,
    now: Instant,
    expires: Instant,
) -> Result<bool, StoreError> {
    if clients::find(tx, key.client)?.is_none() {
        return Ok(false);
    }
    let client = key.client.as_bytes();
    tx.execute(
        "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND expires <= $3",
        params![PARTITION, client, now.micros()],
    )?;
    tx.execute(
        "INSERT INTO access_token (partition, client, hash, expires) VALUES ($1, $2, $3, $4)",
        params![PARTITION, client, key.hash, expires.micros()],
    )?;
    Ok(true)
}

/// Whose token this is, if it is valid now.
///
/// # Errors
/// If the database fails.
pub fn find(sql: &Sql<'_>, key: &TokenKey, now: Instant) -> Result<Option<Bearer>, StoreError> {
    // One statement, since every request begins with it.
    let query = "SELECT client.id, client.organization, client.name, client.permissions,
                client.token_seconds, client.version,
                (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
                organization.id, organization.name, organization.operator, organization.version
         FROM access_token
         JOIN client ON client.id = access_token.client
         JOIN organization ON organization.id = client.organization
         WHERE access_token.partition = $1 AND access_token.client = $2
             AND access_token.hash = $3 AND access_token.expires > $4";
    let (client, now) = (key.client.as_bytes(), now.micros());
    sql.first(query, params![PARTITION, client, key.hash, now], bearer)
}

/// The same in PostgreSQL, and counts a request as [`rate_limit::count`] does if it
/// is valid: each would be a journey.
pub(crate) fn find_and_count(
    tx: &Sql<'_>,
    key: &TokenKey,
    now: Instant,
    what: &[u8],
    ends: Instant,
) -> Result<Option<(Bearer, Window)>, StoreError> {
    let statement = "WITH bearer AS (
             SELECT client.id AS client, client.organization, client.name AS client_name,
                 client.permissions, client.token_seconds, client.version AS client_version,
                 (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
                 organization.id, organization.name, organization.operator, organization.version
             FROM access_token
             JOIN client ON client.id = access_token.client
             JOIN organization ON organization.id = client.organization
             WHERE access_token.partition = $1 AND access_token.client = $2
                 AND access_token.hash = $3 AND access_token.expires > $4),
         counted AS (
             INSERT INTO rate_limit (partition, what, ends, requests) SELECT $1, $5, $6, 1 FROM bearer
             ON CONFLICT (partition, what) DO UPDATE SET
                 requests = CASE WHEN rate_limit.ends > $4 AND rate_limit.ends <= $6
                                 THEN least(rate_limit.requests + 1, 4000000000) ELSE 1 END,
                 ends = CASE WHEN rate_limit.ends > $4 AND rate_limit.ends <= $6 THEN rate_limit.ends ELSE $6 END
             RETURNING ends, requests)
         SELECT * FROM bearer, counted";
    let (client, now, ends) = (key.client.as_bytes(), now.micros(), ends.micros());
    let values = params![PARTITION, client, key.hash, now, what, ends];
    tx.first(statement, values, |row| {
        Ok((bearer(row)?, rate_limit::window(row, 11)?))
    })
}

fn bearer(row: &Row<'_>) -> Result<Bearer, StoreError> {
    Ok(Bearer {
        client: clients::read(row)?,
        organization: organizations::read(row, 7)?,
    })
}

/// Ends a token.
///
/// # Errors
/// If the database fails.
pub fn revoke(tx: &Sql<'_>, actor: &Actor, key: &TokenKey) -> Result<bool, StoreError> {
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
