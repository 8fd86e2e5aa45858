//! Clients: who may ask for tokens, and what they may do.

mod changes;

use exchequer_core::OrganizationId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::secrets::SecretHash;
use super::{ClientId, EVERY_PERMISSION, Page, Window};
use crate::StoreError;

pub(super) use changes::add_secret;
pub use changes::{NewClient, delete, put};

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its organisation.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// What it may do, sorted.
    pub permissions: Vec<String>,
    /// How long its tokens live, in seconds.
    pub token_seconds: u32,
    /// Counts its changes, from 1.
    pub version: u64,
    /// How many secrets it has.
    pub secrets: u32,
}

impl Client {
    /// Whether it may do what `permission` stands for.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        self.permissions
            .iter()
            .any(|held| held == permission || held == EVERY_PERMISSION)
    }
}

pub(super) const COLUMNS: &str = "id, organization, name, permissions, token_seconds, version, \
     (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id)";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Client> {
    let permissions: String = row.get(3)?;
    let permissions = serde_json::from_str(&permissions).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Client {
        id: ClientId::from_bytes(row.get(0)?),
        organization: OrganizationId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        permissions,
        token_seconds: row.get(4)?,
        version: row.get(5)?,
        secrets: row.get(6)?,
    })
}

/// The client of that id.
///
/// # Errors
/// If the database fails.
pub fn find(connection: &Connection, id: ClientId) -> Result<Option<Client>, StoreError> {
    let found = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM client WHERE id = $1"))?
        .query_row([id.as_bytes()], read)
        .optional()?;
    Ok(found)
}

/// A page of the clients of one organisation, or of all, by id.
///
/// # Errors
/// If the database fails.
pub fn list(
    connection: &Connection,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Client>, StoreError> {
    let of = organization.map(|id| *id.as_bytes());
    let total = connection.query_row(
        "SELECT count(*) FROM client WHERE $1 IS NULL OR organization = $1",
        [of],
        |row| row.get(0),
    )?;
    let (offset, limit) = window.bounds();
    let rows = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM client WHERE $1 IS NULL OR organization = $1
             ORDER BY id LIMIT $2 OFFSET $3"
        ))?
        .query_map(params![of, limit, offset], read)?
        .collect::<Result<_, _>>()?;
    Ok(Page { rows, total })
}

/// The secrets of a client, newest first.
pub(super) fn secrets(
    connection: &Connection,
    id: ClientId,
) -> Result<Vec<SecretHash>, StoreError> {
    let secrets = connection
        .prepare_cached(
            "SELECT salt, hash FROM client_secret WHERE client = $1 ORDER BY number DESC",
        )?
        .query_map([id.as_bytes()], |row| {
            Ok(SecretHash {
                salt: row.get(0)?,
                hash: row.get(1)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(secrets)
}

/// The client, if that is one of its secrets.
///
/// # Errors
/// If the database fails.
pub fn authenticate(
    connection: &Connection,
    id: ClientId,
    secret: &str,
) -> Result<Option<Client>, StoreError> {
    let known = secrets(connection, id)?;
    let right = known
        .iter()
        .fold(false, |right, hash| right | hash.matches(secret));
    if right {
        find(connection, id)
    } else {
        Ok(None)
    }
}
