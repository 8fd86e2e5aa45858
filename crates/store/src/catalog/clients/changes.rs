//! Changes to clients: creation, rotation of secrets, deletion.

use exchequer_core::OrganizationId;

use super::{Client, find, list, secrets};
use crate::StoreError;
use crate::audit;
use crate::catalog::{
    Actor, CATALOG_EDIT, ClientId, Deletion, EVERY_PERMISSION, Expect, Put, Window, must_hit,
    organizations,
};
use crate::secrets::SecretHash;
use crate::sql::{Transaction, params};

/// A client as it shall be.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its id.
    pub id: ClientId,
    /// Its organisation; it never changes.
    pub organization: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its permissions; sorted, each once.
    pub permissions: Vec<String>,
    /// The life of its tokens, in seconds.
    pub token_seconds: u32,
    /// The patterns of the sources under which it may send events; sorted, each once.
    pub sources: Vec<String>,
    /// A secret to add unless it has it already.
    pub secret: Option<String>,
    /// A secret to add to a client that is new.
    pub first_secret: String,
    /// The salt for the hash of an added secret.
    pub salt: [u8; 16],
    /// True if only the newest secret stays valid.
    pub drop_old_secrets: bool,
}

/// Creates the client or changes it.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    new: &NewClient,
    expect: Expect,
) -> Result<Put<Client>, StoreError> {
    let current = find(tx, new.id)?;
    let known = secrets(tx, new.id)?;
    let secret = added_secret(new, current.is_none(), &known);
    let dropped = new.drop_old_secrets && known.len() + usize::from(secret.is_some()) > 1;
    if let Some(same) = current
        .as_ref()
        .filter(|it| secret.is_none() && !dropped && equal(it, new))
    {
        return Ok(Put::Unchanged(same.clone()));
    }
    if !expect.holds(current.as_ref().map(|it| it.version)) {
        return Ok(Put::Stale);
    }
    if let Some(why) = refusal(tx, current.as_ref(), new)? {
        return Ok(Put::Refused(why));
    }
    write(tx, actor, new)?;
    if let Some(secret) = secret {
        add_secret(tx, new.id, &SecretHash::new(secret, new.salt))?;
    }
    keep_secrets(tx, new.id, if new.drop_old_secrets { 1 } else { 2 })?;
    let detail = if secret.is_some() {
        "with a new secret"
    } else {
        ""
    };
    record(tx, actor, new.organization, new.id, "client.put", detail)?;
    let now = find(tx, new.id)?.ok_or(StoreError::NotFound)?;
    Ok(Put::made(current.is_some(), now))
}

/// Returns the secret that the change adds, if any.
fn added_secret<'a>(new: &'a NewClient, created: bool, known: &[SecretHash]) -> Option<&'a str> {
    match &new.secret {
        Some(given) if known.iter().any(|hash| hash.matches(given)) => None,
        Some(given) => Some(given),
        None => created.then_some(new.first_secret.as_str()),
    }
}

fn equal(client: &Client, new: &NewClient) -> bool {
    client.organization == new.organization
        && client.name == new.name
        && client.permissions == new.permissions
        && client.token_seconds == new.token_seconds
        && client.sources == new.sources
}

/// Returns the reason for which the change cannot be made, if there is one.
fn refusal(
    tx: &Transaction<'_>,
    current: Option<&Client>,
    new: &NewClient,
) -> Result<Option<String>, StoreError> {
    match current {
        Some(client) if client.organization != new.organization => {
            return Ok(Some("a client stays with its organization".to_owned()));
        }
        Some(client)
            if edits(client) && !may_edit(&new.permissions) && is_last_editor(tx, client)? =>
        {
            return Ok(Some(LAST_EDITOR.to_owned()));
        }
        _ => {}
    }
    if organizations::find(tx, new.organization)?.is_none() {
        return Ok(Some("organization does not exist".to_owned()));
    }
    Ok(None)
}

/// Without such a client nobody could change the catalog any more.
const LAST_EDITOR: &str = "it is the last client that may edit the catalog";

fn may_edit(permissions: &[String]) -> bool {
    permissions
        .iter()
        .any(|held| held == CATALOG_EDIT || held == EVERY_PERMISSION)
}

fn edits(client: &Client) -> bool {
    may_edit(&client.permissions)
}

fn is_last_editor(tx: &Transaction<'_>, client: &Client) -> Result<bool, StoreError> {
    let operator = organizations::find(tx, client.organization)?.is_some_and(|it| it.operator);
    if !operator {
        return Ok(false);
    }
    let all = Window {
        offset: 0,
        limit: u32::MAX,
    };
    let clients = list(tx, Some(client.organization), all)?.rows;
    Ok(!clients.iter().any(|it| it.id != client.id && edits(it)))
}

fn write(tx: &Transaction<'_>, actor: &Actor, new: &NewClient) -> Result<(), StoreError> {
    let list = |texts: &[String]| serde_json::Value::from(texts).to_string();
    tx.execute(
        "INSERT INTO client
             (id, organization, name, permissions, token_seconds, version, changed, sources)
         VALUES ($1, $2, $3, $4, $5, 1, $6, $7)
         ON CONFLICT (id) DO UPDATE SET name = $3, permissions = $4, token_seconds = $5,
             version = client.version + 1, changed = $6, sources = $7",
        params![
            new.id.as_bytes(),
            new.organization.as_bytes(),
            new.name,
            list(&new.permissions),
            new.token_seconds,
            actor.at.micros(),
            list(&new.sources),
        ],
    )?;
    Ok(())
}

pub(in crate::catalog) fn add_secret(
    tx: &Transaction<'_>,
    id: ClientId,
    secret: &SecretHash,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO client_secret (client, number, salt, hash)
         SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM client_secret WHERE client = $1",
        params![id.as_bytes(), secret.salt, secret.hash],
    )?;
    Ok(())
}

fn keep_secrets(tx: &Transaction<'_>, id: ClientId, kept: u32) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM client_secret WHERE client = $1 AND number NOT IN (
             SELECT number FROM client_secret WHERE client = $1 ORDER BY number DESC LIMIT $2)",
        params![id.as_bytes(), kept],
    )?;
    Ok(())
}

/// Deletes a client; its tokens end with it.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    id: ClientId,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(client) = find(tx, id)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(client.version)) {
        return Ok(Deletion::Stale);
    }
    if edits(&client) && is_last_editor(tx, &client)? {
        return Ok(Deletion::InUse(LAST_EDITOR));
    }
    // Its tokens and secrets go with it. A login that is inserting a token holds
    // the row, so it is waited for.
    let deleted = tx.execute("DELETE FROM client WHERE id = $1", params![id.as_bytes()])?;
    must_hit(deleted, "client", &id.to_string())?;
    record(
        tx,
        actor,
        client.organization,
        id,
        "client.delete",
        &client.name,
    )?;
    Ok(Deletion::Deleted)
}

fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    organization: OrganizationId,
    id: ClientId,
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let object = id.to_string();
    audit::record(
        tx,
        actor,
        &audit::Entry {
            organization,
            action,
            object: &object,
            detail,
        },
    )
}
