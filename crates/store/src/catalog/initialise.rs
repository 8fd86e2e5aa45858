//! The first organisation and its first client.

use exchequer_core::{Instant, OrganizationId};

use super::{Actor, ClientId, EVERY_PERMISSION, clients, organizations};
use crate::StoreError;
use crate::audit;
use crate::changes::NewChange;
use crate::secrets::SecretHash;
use crate::sql::{Transaction, params};

/// The organisation that runs the platform, and its first client.
pub struct Operator<'a> {
    /// The organisation's id.
    pub organization: OrganizationId,
    /// The organisation's name.
    pub name: &'a str,
    /// The client's id.
    pub client: ClientId,
    /// The client's secret.
    pub secret: &'a str,
    /// The salt for the hash of the secret.
    pub salt: [u8; 16],
    /// The instant at which it is made.
    pub now: Instant,
}

/// Makes the operator organisation; its first client holds every permission.
///
/// # Errors
/// If there is one already, or the database fails.
pub fn initialise(tx: &Transaction<'_>, operator: &Operator<'_>) -> Result<(), StoreError> {
    let query = "SELECT 1 FROM organization LIMIT 1";
    if tx.first(query, params![], |_| Ok(()))?.is_some() {
        return Err(StoreError::Conflict(
            "the ledger has an operator already".to_owned(),
        ));
    }
    let at = operator.now.micros();
    tx.execute(
        "INSERT INTO organization (id, name, operator, version, changed) VALUES ($1, $2, 1, 1, $3)",
        params![operator.organization.as_bytes(), operator.name, at],
    )?;
    organizations::changed(tx)?;
    tx.execute(
        "INSERT INTO client (id, organization, name, permissions, token_seconds, version, changed)
         VALUES ($1, $2, 'operator', $3, 86400, 1, $4)",
        params![
            operator.client.as_bytes(),
            operator.organization.as_bytes(),
            serde_json::json!([EVERY_PERMISSION]).to_string(),
            at,
        ],
    )?;
    clients::add_secret(
        tx,
        operator.client,
        &SecretHash::new(operator.secret, operator.salt),
    )?;
    let actor = Actor {
        client: operator.client,
        organization: operator.organization,
        at: operator.now,
    };
    let entry = audit::Entry {
        organization: operator.organization,
        action: "ledger.initialise",
        object: &operator.organization.to_string(),
        detail: operator.name,
    };
    audit::record(tx, &actor, &entry)?;
    tx.note_change(NewChange {
        at: operator.now,
        organization: operator.organization,
        action: "organization.put".to_owned(),
        object: operator.organization.to_string(),
        version: 1,
    })
}
