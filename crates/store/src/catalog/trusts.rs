//! Trusts: which partner (trustee) manages which customer (trustor). Each is in
//! the partition of its customer, whose figures it opens; the customers of a
//! partner are looked for in all partitions.

use exchequer_core::{Instant, OrganizationId, TrustDates};

use super::organizations::{self, Organization};
use super::{Actor, Deletion, Expect, Page, Put, Window, must_hit};
use crate::audit;
use crate::changes;
use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, Transaction, params};

/// The two ends of a trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The partner.
    pub trustee: OrganizationId,
    /// The customer that it manages.
    pub trustor: OrganizationId,
}

/// The periods that a trust opens to the partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// False if it opens nothing, whatever its dates.
    pub enabled: bool,
    /// The dates within which the periods begin that it opens.
    pub dates: TrustDates,
}

/// A trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Its ends.
    pub parties: Parties,
    /// The dates that it opens.
    pub grant: Grant,
    /// The instant at which it was made.
    pub created: Instant,
    /// Counts its changes, from 1.
    pub version: u64,
}

/// Columns of a trust, in the order in which they are read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT trust.trustee, trust.trustor, trust.enabled, trust.created, trust.version,
                 trust.dates",
            $rest
        )
    };
}

fn from_row(row: &Row<'_>) -> Result<Trust, StoreError> {
    let dates: String = row.get(5)?;
    let dates = dates.parse::<TrustDates>();
    Ok(Trust {
        parties: Parties {
            trustee: OrganizationId::from_bytes(row.get(0)?),
            trustor: OrganizationId::from_bytes(row.get(1)?),
        },
        grant: Grant {
            enabled: row.get(2)?,
            dates: dates.map_err(|error| StoreError::corrupt("trust", Cause::from_error(error)))?,
        },
        created: Instant::from_micros(row.get(3)?),
        version: row.get(4)?,
    })
}

/// Returns the trust between two organisations.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>, parties: Parties) -> Result<Option<Trust>, StoreError> {
    db.first(
        select!(" FROM trust WHERE partition = $1 AND trustor = $2 AND trustee = $3"),
        params![
            db.partition_of(parties.trustor)?.number(),
            parties.trustor.as_bytes(),
            parties.trustee.as_bytes()
        ],
        from_row,
    )
}

/// Returns a page of all trusts, by trustee, then trustor.
///
/// # Errors
/// If the database fails.
pub fn list(db: &Snapshot<'_>, window: Window) -> Result<Page<Trust>, StoreError> {
    let count = "SELECT count(*) FROM trust WHERE partition >= 0";
    let total = db.one(count, params![], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = db.all(
        select!(" FROM trust WHERE partition >= 0 ORDER BY trustee, trustor LIMIT $1 OFFSET $2"),
        params![limit, offset],
        from_row,
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

/// Returns a page of the trusts of an organisation, by the id of the other one, which
/// comes along.
///
/// # Errors
/// If the database fails.
pub fn of_organization(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    side: Side,
    window: Window,
) -> Result<Page<(Trust, Organization)>, StoreError> {
    // The least partition that is asked; the partners of a customer are in one.
    let partition = match side {
        Side::Trustors => 0,
        Side::Trustees => db.partition_of(organization)?.number(),
    };
    let (count, page) = match side {
        Side::Trustors => (
            "SELECT count(*) FROM trust WHERE partition >= $1 AND trustee = $2",
            select!(
                ", id, name, operator, organization.version
                 FROM trust JOIN organization ON id = trustor
                 WHERE partition >= $1 AND trustee = $2 ORDER BY trustor LIMIT $3 OFFSET $4"
            ),
        ),
        Side::Trustees => (
            "SELECT count(*) FROM trust WHERE partition = $1 AND trustor = $2",
            select!(
                ", id, name, operator, organization.version
                 FROM trust JOIN organization ON id = trustee
                 WHERE partition = $1 AND trustor = $2 ORDER BY trustee LIMIT $3 OFFSET $4"
            ),
        ),
    };
    let id = organization.as_bytes();
    let total = db.one(count, params![partition, id], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = db.all(page, params![partition, id, limit, offset], |row| {
        let other = Organization {
            id: OrganizationId::from_bytes(row.get(6)?),
            name: row.get(7)?,
            operator: row.get(8)?,
            version: row.get(9)?,
            earlier: Vec::new(),
        };
        Ok((from_row(row)?, other))
    })?;
    Ok(Page { rows, total })
}

/// Makes a trust, or changes what it opens, in a transaction of the trustor
/// ([`Database::write_in`](crate::Database::write_in)).
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    parties: Parties,
    grant: &Grant,
    expect: Expect,
) -> Result<Put<Trust>, StoreError> {
    let current = find(tx, parties)?;
    match &current {
        Some(same) if same.grant == *grant => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    if parties.trustee == parties.trustor {
        return Ok(Put::Refused(
            "an organization does not manage itself".to_owned(),
        ));
    }
    for (name, id) in [("trustee", parties.trustee), ("trustor", parties.trustor)] {
        // Held until the end, so that neither is deleted meanwhile.
        if !organizations::hold(tx, id)? {
            return Ok(Put::Refused(format!("{name} does not exist")));
        }
    }
    let written = tx.execute(
        "INSERT INTO trust (partition, trustor, trustee, enabled, created, version, changed, dates)
         VALUES ($1, $2, $3, $4, $5, 1, $5, $6)
         ON CONFLICT (partition, trustor, trustee) DO UPDATE SET
             enabled = $4, version = trust.version + 1, changed = $5, dates = $6",
        params![
            tx.partition_of(parties.trustor)?.number(),
            parties.trustor.as_bytes(),
            parties.trustee.as_bytes(),
            grant.enabled,
            actor.at.micros(),
            grant.dates.to_string(),
        ],
    )?;
    must_hit(written, "trust", &format!("of {}", parties.trustor))?;
    let state = if grant.enabled { "enabled" } else { "disabled" };
    let detail = format!("{state}, {}", grant.dates);
    let now = Trust {
        parties,
        grant: grant.clone(),
        created: current.as_ref().map_or(actor.at, |it| it.created),
        version: current.as_ref().map_or(1, |it| it.version + 1),
    };
    record(tx, actor, (parties, now.version), "trust.put", &detail)?;
    Ok(Put::made(current.is_some(), now))
}

/// Deletes a trust: from the next request on the partner sees nothing, of no period. In a
/// transaction of the trustor, as [`put`].
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
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
    let deleted = tx.execute(
        "DELETE FROM trust WHERE partition = $1 AND trustor = $2 AND trustee = $3",
        params![
            tx.partition_of(parties.trustor)?.number(),
            parties.trustor.as_bytes(),
            parties.trustee.as_bytes()
        ],
    )?;
    must_hit(deleted, "trust", &format!("of {}", parties.trustor))?;
    record(tx, actor, (parties, 0), "trust.delete", "")?;
    Ok(Deletion::Deleted)
}

/// Records the change in the trail of the customer, whose figures a trust opens.
fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    (parties, version): (Parties, u64),
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization: parties.trustor,
        action,
        object: &parties.trustee.to_string(),
        detail,
    };
    changes::record(tx, actor, &entry, version)
}
