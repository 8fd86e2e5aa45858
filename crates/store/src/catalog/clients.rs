//! Clients: who may ask for tokens, and what they may do.

mod changes;

use exchequer_core::OrganizationId;

use super::{ClientId, EVERY_PERMISSION, Page, Window};
use crate::error::{Cause, StoreError};
use crate::secrets::SecretHash;
use crate::sql::{Row, Snapshot, params};

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
    /// Its permissions, sorted.
    pub permissions: Vec<String>,
    /// The life of its tokens, in seconds.
    pub token_seconds: u32,
    /// The patterns of the sources under which it may send events, sorted.
    pub sources: Vec<String>,
    /// Counts its changes, from 1.
    pub version: u64,
    /// The number of its secrets.
    pub secrets: u32,
}

impl Client {
    /// Returns whether it may do what `permission` stands for.
    #[must_use]
    pub fn may(&self, permission: &str) -> bool {
        self.permissions
            .iter()
            .any(|held| held == permission || held == EVERY_PERMISSION)
    }
}

/// Columns of a client, in the order in which they are read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, organization, name, permissions, token_seconds, version,
                 (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
                 sources
             FROM client ",
            $rest
        )
    };
}

pub(crate) fn from_row(row: &Row<'_>) -> Result<Client, StoreError> {
    let id = ClientId::from_bytes(row.get(0)?);
    let list = |text: String| {
        serde_json::from_str(&text)
            .map_err(|error| StoreError::corrupt(format!("client {id}"), Cause::from_error(error)))
    };
    let permissions: Vec<String> = list(row.get(3)?)?;
    Ok(Client {
        id,
        organization: OrganizationId::from_bytes(row.get(1)?),
        name: row.get(2)?,
        permissions,
        token_seconds: row.get(4)?,
        version: row.get(5)?,
        secrets: row.get(6)?,
        sources: list(row.get(7)?)?,
    })
}

/// Returns the client of that id.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>, id: ClientId) -> Result<Option<Client>, StoreError> {
    db.first(select!("WHERE id = $1"), params![id.as_bytes()], from_row)
}

/// Returns a page of the clients of one organisation, or of all, by id.
///
/// # Errors
/// If the database fails.
pub fn list(
    db: &Snapshot<'_>,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Client>, StoreError> {
    let of = organization.map(|id| *id.as_bytes());
    let total = db.one(
        "SELECT count(*) FROM client WHERE organization = $1 OR $1 IS NULL",
        params![of],
        |row| row.get(0),
    )?;
    let (offset, limit) = window.bounds();
    let rows = db.all(
        select!("WHERE organization = $1 OR $1 IS NULL ORDER BY id LIMIT $2 OFFSET $3"),
        params![of, limit, offset],
        from_row,
    )?;
    Ok(Page { rows, total })
}

/// Returns the secrets of a client, newest first.
fn secrets(db: &Snapshot<'_>, id: ClientId) -> Result<Vec<SecretHash>, StoreError> {
    let query = "SELECT salt, hash FROM client_secret WHERE client = $1 ORDER BY number DESC";
    db.all(query, params![id.as_bytes()], |row| {
        Ok(SecretHash {
            salt: row.get(0)?,
            hash: row.get(1)?,
        })
    })
}

/// Returns the organisation of a client.
///
/// # Errors
/// If the database fails.
pub(crate) fn organization_of(
    db: &Snapshot<'_>,
    id: ClientId,
) -> Result<Option<OrganizationId>, StoreError> {
    let query = "SELECT organization FROM client WHERE id = $1";
    db.first(query, params![id.as_bytes()], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })
}

/// Returns the client, if one of these is one of its secrets. One statement, so that a
/// login needs no snapshot.
///
/// # Errors
/// If the database fails.
pub fn authenticate(
    db: &Snapshot<'_>,
    id: ClientId,
    secrets: &[impl AsRef<str>],
) -> Result<Option<Client>, StoreError> {
    let query = "SELECT id, organization, name, permissions, token_seconds, version,
             (SELECT count(*) FROM client_secret WHERE client_secret.client = client.id),
             sources, salt, hash
         FROM client JOIN client_secret ON client_secret.client = client.id
         WHERE id = $1";
    let known = db.all(query, params![id.as_bytes()], |row| {
        let hash = SecretHash {
            salt: row.get(8)?,
            hash: row.get(9)?,
        };
        Ok((from_row(row)?, hash))
    })?;
    // Every one is tried, so that the time does not tell which was right.
    let right = known.iter().fold(false, |right, (_, hash)| {
        let matches = secrets.iter().map(|it| hash.matches(it.as_ref()));
        matches.fold(right, |right, it| right | it)
    });
    Ok(known
        .into_iter()
        .next()
        .map(|(client, _)| client)
        .filter(|_| right))
}
