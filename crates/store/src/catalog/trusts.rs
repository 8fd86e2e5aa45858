//! Trusts: which partner (trustee) manages which customer (trustor).

use exchequer_core::{Instant, OrganizationId};

use super::organizations::{self, Organization};
use super::{Actor, Deletion, Expect, Page, Put, Window, audit};
use crate::StoreError;
use crate::sql::{Row, Sql, params};

/// The two ends of a trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The partner.
    pub trustee: OrganizationId,
    /// The customer that it manages.
    pub trustor: OrganizationId,
}

/// A trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Its ends.
    pub parties: Parties,
    /// Whether it is in force.
    pub enabled: bool,
    /// When it was made.
    pub created: Instant,
    /// Counts its changes, from 1.
    pub version: u64,
}

/// Columns of a trust, in the order in which they are read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT trust.trustee, trust.trustor, trust.enabled, trust.created, trust.version",
            $rest
        )
    };
}

fn read(row: &Row<'_>) -> Result<Trust, StoreError> {
    Ok(Trust {
        parties: Parties {
            trustee: OrganizationId::from_bytes(row.get(0)?),
            trustor: OrganizationId::from_bytes(row.get(1)?),
        },
        enabled: row.get(2)?,
        created: Instant::from_micros(row.get(3)?),
        version: row.get(4)?,
    })
}

/// The trust between two organisations.
///
/// # Errors
/// If the database fails.
pub fn find(sql: &Sql<'_>, parties: Parties) -> Result<Option<Trust>, StoreError> {
    sql.first(
        select!(" FROM trust WHERE trustee = $1 AND trustor = $2"),
        params![parties.trustee.as_bytes(), parties.trustor.as_bytes()],
        read,
    )
}

/// A page of all trusts, by trustee, then trustor.
///
/// # Errors
/// If the database fails.
pub fn list(sql: &Sql<'_>, window: Window) -> Result<Page<Trust>, StoreError> {
    let total = sql.one("SELECT count(*) FROM trust", params![], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = sql.all(
        select!(" FROM trust ORDER BY trustee, trustor LIMIT $1 OFFSET $2"),
        params![limit, offset],
        read,
    )?;
    Ok(Page { rows, total })
}

/// The side from which a list of trusts is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The customers of a partner.
    Trustors,
    /// The partners of a customer.
    Trustees,
}

/// A page of the trusts of an organisation, by the id of the other one, which
/// comes along.
///
/// # Errors
/// If the database fails.
pub fn of(
    sql: &Sql<'_>,
    organization: OrganizationId,
    side: Side,
    window: Window,
) -> Result<Page<(Trust, Organization)>, StoreError> {
    let (count, page) = match side {
        Side::Trustors => (
            "SELECT count(*) FROM trust WHERE trustee = $1",
            select!(
                ", id, name, operator, organization.version
                 FROM trust JOIN organization ON id = trustor
                 WHERE trustee = $1 ORDER BY trustor LIMIT $2 OFFSET $3"
            ),
        ),
        Side::Trustees => (
            "SELECT count(*) FROM trust WHERE trustor = $1",
            select!(
                ", id, name, operator, organization.version
                 FROM trust JOIN organization ON id = trustee
                 WHERE trustor = $1 ORDER BY trustee LIMIT $2 OFFSET $3"
            ),
        ),
    };
    let id = organization.as_bytes();
    let total = sql.one(count, params![id], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = sql.all(page, params![id, limit, offset], |row| {
        let other = Organization {
            id: OrganizationId::from_bytes(row.get(5)?),
            name: row.get(6)?,
            operator: row.get(7)?,
            version: row.get(8)?,
        };
        Ok((read(row)?, other))
    })?;
    Ok(Page { rows, total })
}

/// Makes a trust, or switches it on or off.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Sql<'_>,
    actor: &Actor,
    parties: Parties,
    enabled: bool,
    expect: Expect,
) -> Result<Put<Trust>, StoreError> {
    let current = find(tx, parties)?;
    match &current {
        Some(same) if same.enabled == enabled => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    if parties.trustee == parties.trustor {
        return Ok(Put::Refused(
            "an organization does not manage itself".to_owned(),
        ));
    }
    for (name, id) in [("trustee", parties.trustee), ("trustor", parties.trustor)] {
        if organizations::find(tx, id)?.is_none() {
            return Ok(Put::Refused(format!("{name} does not exist")));
        }
    }
    tx.execute(
        "INSERT INTO trust (trustee, trustor, enabled, created, version, changed)
         VALUES ($1, $2, $3, $4, 1, $4)
         ON CONFLICT (trustee, trustor) DO UPDATE SET
             enabled = $3, version = trust.version + 1, changed = $4",
        params![
            parties.trustee.as_bytes(),
            parties.trustor.as_bytes(),
            enabled,
            actor.at.micros()
        ],
    )?;
    let detail = if enabled { "enabled" } else { "disabled" };
    record(tx, actor, parties, "trust.put", detail)?;
    let now = find(tx, parties)?.ok_or(StoreError::NotFound)?;
    Ok(Put::made(current.is_some(), now))
}

/// Ends a trust: from the next request on the partner sees nothing.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Sql<'_>,
    actor: &Actor,
    parties: Parties,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(current) = find(tx, parties)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    tx.execute(
        "DELETE FROM trust WHERE trustee = $1 AND trustor = $2",
        params![parties.trustee.as_bytes(), parties.trustor.as_bytes()],
    )?;
    record(tx, actor, parties, "trust.delete", "")?;
    Ok(Deletion::Deleted)
}

/// It is the customer whose figures a trust opens: the trail is the customer's.
fn record(
    tx: &Sql<'_>,
    actor: &Actor,
    parties: Parties,
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization: parties.trustor,
        action,
        object: &parties.trustee.to_string(),
        detail,
    };
    audit::record(tx, actor, &entry)
}
