//! The audit trail: who changed or looked at what, and when.

use exchequer_core::{Instant, OrganizationId};

use crate::StoreError;
use crate::actor::{Actor, ClientId};
use crate::sql::{Row, Snapshot, Transaction, params};

/// One thing that somebody did.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The organisation that it was about.
    pub organization: OrganizationId,
    /// The action, e.g. `organization.put`.
    pub action: &'a str,
    /// To what.
    pub object: &'a str,
    /// Further facts; never a secret.
    pub detail: &'a str,
}

/// A recorded entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The instant of the action.
    pub at: Instant,
    /// The client that acted.
    pub client: ClientId,
    /// The action.
    pub action: String,
    /// To what.
    pub object: String,
    /// Further facts.
    pub detail: String,
}

/// Records an entry; it is durable once the transaction is.
///
/// It takes no lock before: the key of the row is the number of the entry, so
/// whoever meets another one with the same number waits for it, and takes the
/// next. A change therefore records as the last thing that it does.
///
/// # Errors
/// If the database fails.
pub fn record(tx: &Transaction<'_>, actor: &Actor, entry: &Entry<'_>) -> Result<(), StoreError> {
    record_of(tx, actor.client, actor.at, entry)
}

/// Records an entry as [`record`] does, of a client of which no more is known.
pub(crate) fn record_of(
    tx: &Transaction<'_>,
    client: ClientId,
    at: Instant,
    entry: &Entry<'_>,
) -> Result<(), StoreError> {
    let statement = "INSERT INTO audit
             (partition, organization, number, at, client, action, object, detail)
         SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7
         FROM audit WHERE partition = $1 AND organization = $2
         ON CONFLICT DO NOTHING";
    let partition = tx.partition_of(entry.organization)?;
    let insert = || {
        tx.execute(
            statement,
            params![
                partition.number(),
                entry.organization.as_bytes(),
                at.micros(),
                client.as_bytes(),
                entry.action,
                entry.object,
                entry.detail,
            ],
        )
    };
    // Somebody else may take the same number at one moment; then the next.
    while insert()? == 0 {}
    Ok(())
}

/// Returns the entries about an organisation, newest first.
///
/// # Errors
/// If the database fails.
pub fn list(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    limit: u32,
) -> Result<Vec<Recorded>, StoreError> {
    db.all(
        "SELECT at, client, action, object, detail FROM audit
         WHERE partition = $1 AND organization = $2 ORDER BY number DESC LIMIT $3",
        params![
            db.partition_of(organization)?.number(),
            organization.as_bytes(),
            limit
        ],
        from_row,
    )
}

fn from_row(row: &Row<'_>) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        at: Instant::from_micros(row.get(0)?),
        client: ClientId::from_bytes(row.get(1)?),
        action: row.get(2)?,
        object: row.get(3)?,
        detail: row.get(4)?,
    })
}
