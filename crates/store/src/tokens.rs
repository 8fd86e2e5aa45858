//! Access tokens. Only the hashes of their secret halves are kept, in the
//! partition of their client's organisation.

use exchequer_core::{Instant, OrganizationId};
use exchequer_ledger::Partition;
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::actor::{Actor, ClientId};
use crate::audit;
use crate::catalog::clients::{self, Client};
use crate::catalog::organizations::{self, Organization};
use crate::rate_limit::{self, Window};
use crate::sql::{Row, Snapshot, Transaction, held, params};

/// The client of a token, and the hash of its secret half.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenKey {
    client: ClientId,
    hash: [u8; 32],
}

impl TokenKey {
    /// Returns the key of the token with that secret half.
    #[must_use]
    pub fn new(client: ClientId, secret: &[u8; 32]) -> Self {
        Self {
            client,
            hash: Sha256::digest(secret).into(),
        }
    }

    /// Returns the client and the hash, one after the other.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [&self.client.as_bytes()[..], &self.hash].concat()
    }

    /// Returns the token's client.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.client
    }
}

/// The client that a valid token belongs to, and its organisation.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// The client.
    pub client: Client,
    /// Its organisation.
    pub organization: Organization,
}

/// Keeps a new token of a client of that organisation, and forgets those that
/// have expired. `false` if the client was deleted since it was asked who it
/// is: its tokens must not work again once another client has its id.
///
/// It needs no transaction, since neither statement rests on the other, and no
/// lock but that of the client's row, which only its deletion waits for.
///
/// # Errors
/// If the database fails.
pub fn issue(
    tx: &Transaction<'_>,
    key: &TokenKey,
    organization: OrganizationId,
    now: Instant,
    expires: Instant,
) -> Result<bool, StoreError> {
    let partition = tx.partition_of(organization)?.number();
    let client = key.client.as_bytes();
    // Others may be deleting the same rows in another order: logins of the
    // client, or its own deletion. Rows that they hold are left to them.
    let purge = match tx.is_shared() {
        true => {
            "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND hash IN (
                 SELECT hash FROM access_token
                 WHERE partition = $1 AND client = $2 AND expires <= $3
                 FOR UPDATE SKIP LOCKED)"
        }
        false => "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND expires <= $3",
    };
    tx.execute(purge, params![partition, client, now.micros()])?;
    // With the lock the client is there until the token is, so that its
    // deletion finds the token, or it is gone and there is none to insert.
    let insert = held!(
        tx,
        "INSERT INTO access_token (partition, client, hash, expires)
         SELECT $1, id, $2, $3 FROM client WHERE id = $4 AND organization = $5",
        "FOR KEY SHARE"
    );
    let inserted = tx.execute(
        insert,
        params![
            partition,
            key.hash,
            expires.micros(),
            client,
            organization.as_bytes()
        ],
    )?;
    Ok(inserted == 1)
}

/// Finds the bearer of a token, if it is valid now and in that partition, which is that
/// of its client's organisation.
pub(crate) fn find(
    db: &Snapshot<'_>,
    partition: Partition,
    key: &TokenKey,
    now: Instant,
) -> Result<Option<Bearer>, StoreError> {
    // One statement, since every request begins with it.
    let query = "SELECT client.id, client.organization, client.name, client.permissions,
                client.token_seconds, client.version,
                (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
                client.sources, organization.id, organization.name, organization.operator, organization.version
         FROM access_token
         JOIN client ON client.id = access_token.client
         JOIN organization ON organization.id = client.organization
         WHERE access_token.partition = $1 AND access_token.client = $2
             AND access_token.hash = $3 AND access_token.expires > $4";
    let (partition, client) = (partition.number(), key.client.as_bytes());
    db.first(
        query,
        params![partition, client, key.hash, now.micros()],
        bearer,
    )
}

/// Does the same in PostgreSQL, and counts a request as [`rate_limit::count`] does if the
/// token is valid, in one statement, because each would be a round trip.
pub(crate) fn find_and_count(
    tx: &Transaction<'_>,
    partition: Partition,
    key: &TokenKey,
    now: Instant,
    what: &[u8],
    ends: Instant,
) -> Result<Option<(Bearer, Window)>, StoreError> {
    let statement = "WITH bearer AS (
             SELECT client.id AS client, client.organization, client.name AS client_name,
                 client.permissions, client.token_seconds, client.version AS client_version,
                 (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
                 client.sources, organization.id, organization.name, organization.operator, organization.version
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
    let (partition, client) = (partition.number(), key.client.as_bytes());
    let (now, ends) = (now.micros(), ends.micros());
    let values = params![partition, client, key.hash, now, what, ends];
    tx.first(statement, values, |row| {
        Ok((bearer(row)?, rate_limit::window(row, 12)?))
    })
}

fn bearer(row: &Row<'_>) -> Result<Bearer, StoreError> {
    Ok(Bearer {
        client: clients::from_row(row)?,
        organization: organizations::from_row(row, 8)?,
    })
}

/// Ends a token of the actor's client.
///
/// # Errors
/// If the database fails.
pub fn revoke(tx: &Transaction<'_>, actor: &Actor, key: &TokenKey) -> Result<bool, StoreError> {
    let partition = tx.partition_of(actor.organization)?.number();
    let ended = tx.execute(
        "DELETE FROM access_token WHERE partition = $1 AND client = $2 AND hash = $3",
        params![partition, key.client.as_bytes(), key.hash],
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
