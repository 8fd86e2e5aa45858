//! Organisations.

use std::collections::HashSet;

use exchequer_core::{Day, OrganizationId};

use super::history::{Earlier, day_of_change, holds_since, kept_until};
use super::{Actor, Deletion, Expect, Page, Put, Window, aliases, count_up, must_hit};
use crate::StoreError;
use crate::audit;
use crate::changes;
use crate::locks::lock;
use crate::rows::StoredRows;
use crate::sql::{Row, Snapshot, Transaction, held, params};

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// True for the organisation that runs the platform.
    pub operator: bool,
    /// Counts its changes, from 1.
    pub version: u64,
    /// Its earlier names, in order of days; only [`find_with_history`] reads them.
    pub earlier: Vec<Earlier<String>>,
}

/// Reads an organisation from four columns, of which this is the first.
pub(crate) fn from_row(row: &Row<'_>, first: usize) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: OrganizationId::from_bytes(row.get(first)?),
        name: row.get(first + 1)?,
        operator: row.get(first + 2)?,
        version: row.get(first + 3)?,
        earlier: Vec::new(),
    })
}

/// Returns the organisation of that id.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
    db.first(
        "SELECT id, name, operator, version FROM organization WHERE id = $1",
        params![id.as_bytes()],
        |row| from_row(row, 0),
    )
}

/// Returns the organisation that runs the platform.
///
/// # Errors
/// If the database fails.
pub fn operator(db: &Snapshot<'_>) -> Result<OrganizationId, StoreError> {
    let query = "SELECT id FROM organization WHERE operator = 1";
    db.one(query, params![], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })
}

/// Returns the organisation of that id with its earlier names.
///
/// # Errors
/// If the database fails.
pub fn find_with_history(
    db: &Snapshot<'_>,
    id: OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let Some(mut found) = find(db, id)? else {
        return Ok(None);
    };
    found.earlier = db.all(
        "SELECT ends, name FROM organization_name WHERE organization = $1 ORDER BY ends",
        params![id.as_bytes()],
        |row| Ok((Day::from_number(row.get(0)?), row.get(1)?)),
    )?;
    Ok(Some(found))
}

/// Returns the name that an organisation had on a day, if it has another one now.
///
/// # Errors
/// If the database fails.
pub fn former_name(
    db: &Snapshot<'_>,
    id: OrganizationId,
    day: Day,
) -> Result<Option<String>, StoreError> {
    let query = "SELECT name FROM organization_name WHERE organization = $1 AND ends > $2
         ORDER BY ends LIMIT 1";
    db.first(query, params![id.as_bytes(), day.number()], |row| {
        row.get(0)
    })
}

/// Returns whether there is an organisation of that id, and keeps it from being
/// deleted until the transaction ends.
pub(super) fn hold(tx: &Transaction<'_>, id: OrganizationId) -> Result<bool, StoreError> {
    let query = held!(
        tx,
        "SELECT 1 FROM organization WHERE id = $1",
        "FOR KEY SHARE"
    );
    let found = tx.first(query, params![id.as_bytes()], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Returns a page of all organisations, by id.
///
/// # Errors
/// If the database fails.
pub fn list(db: &Snapshot<'_>, window: Window) -> Result<Page<Organization>, StoreError> {
    let total = db.one("SELECT count(*) FROM organization", params![], |row| {
        row.get(0)
    })?;
    let (offset, limit) = window.bounds();
    let rows = db.all(
        "SELECT id, name, operator, version FROM organization
         ORDER BY id LIMIT $1 OFFSET $2",
        params![limit, offset],
        |row| from_row(row, 0),
    )?;
    Ok(Page { rows, total })
}

/// Returns the ids of all organisations.
///
/// # Errors
/// If the database fails.
pub fn ids(db: &Snapshot<'_>) -> Result<HashSet<OrganizationId>, StoreError> {
    let ids = db.all("SELECT id FROM organization", params![], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })?;
    Ok(ids.into_iter().collect())
}

/// Changes whenever an organisation comes or goes.
///
/// # Errors
/// If the database fails.
pub(crate) fn revision(db: &Snapshot<'_>) -> Result<i64, StoreError> {
    let query = "SELECT value FROM counter WHERE name = 'organizations'";
    db.one(query, params![], |row| row.get(0))
}

/// Tells all nodes that an organisation has come or gone.
pub(crate) fn changed(tx: &Transaction<'_>) -> Result<(), StoreError> {
    count_up(tx, "organizations").map(drop)
}

/// Creates the organisation or renames it, from the day `effective` on, or from
/// [`day_of_change`] on; periods before keep the old name.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    id: OrganizationId,
    name: &str,
    effective: Option<Day>,
    expect: Expect,
) -> Result<Put<Organization>, StoreError> {
    let current = find_with_history(tx, id)?;
    let begins = effective.unwrap_or_else(|| day_of_change(actor.at));
    match &current {
        Some(same) if same.name == name && holds_since(&same.earlier, begins) => {
            return Ok(Put::Unchanged(same.clone()));
        }
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    tx.execute(
        "INSERT INTO organization (id, name, version, changed) VALUES ($1, $2, 1, $3)
         ON CONFLICT (id) DO UPDATE SET name = $2,
             version = organization.version + 1, changed = $3",
        params![id.as_bytes(), name, actor.at.micros()],
    )?;
    match &current {
        None => changed(tx)?,
        Some(current) => keep_name(tx, current, name, begins)?,
    }
    let now = find_with_history(tx, id)?.ok_or(StoreError::NotFound)?;
    record(tx, actor, (id, now.version), "organization.put", name)?;
    Ok(Put::made(current.is_some(), now))
}

/// Keeps the name that holds up to the day from which the new one does.
fn keep_name(
    tx: &Transaction<'_>,
    current: &Organization,
    name: &str,
    begins: Day,
) -> Result<(), StoreError> {
    let (id, day) = (current.id, begins.number());
    tx.execute(
        "DELETE FROM organization_name WHERE organization = $1 AND ends >= $2",
        params![id.as_bytes(), day],
    )?;
    let new = name.to_owned();
    if let Some(kept) = kept_until(&current.earlier, &current.name, &new, begins) {
        tx.execute(
            "INSERT INTO organization_name (organization, ends, name) VALUES ($1, $2, $3)",
            params![id.as_bytes(), day, kept],
        )?;
    }
    Ok(())
}

/// Deletes an organisation that nothing belongs to.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    id: OrganizationId,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(current) = find(tx, id)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    if current.operator {
        return Ok(Deletion::InUse("it runs the platform"));
    }
    if let Some(what) = belonging(tx, id)? {
        return Ok(Deletion::InUse(what));
    }
    let partition = tx.partition_of(id)?;
    // Whoever commits to it afterwards sees that the organisation is gone.
    lock(tx, &[partition])?;
    // The journal first: a fold may empty it into the segments meanwhile.
    let unfolded = StoredRows::new(**tx, partition).has_unfolded(id)?;
    let usage = tx.first(
        "SELECT 1 FROM segment WHERE partition = $1 AND organization = $2 LIMIT 1",
        params![partition.number(), id.as_bytes()],
        |_| Ok(()),
    )?;
    if unfolded || usage.is_some() {
        return Ok(Deletion::InUse("it has usage"));
    }
    aliases::delete(tx, id)?;
    changed(tx)?;
    let deleted = tx.execute(
        "DELETE FROM organization WHERE id = $1",
        params![id.as_bytes()],
    )?;
    must_hit(deleted, "organization", &id.to_string())?;
    // A node may begin one yet. It answers nobody, and is forgotten in a week.
    tx.execute(
        "DELETE FROM report_job WHERE partition = $1 AND organization = $2",
        params![partition.number(), id.as_bytes()],
    )?;
    record(tx, actor, (id, 0), "organization.delete", &current.name)?;
    Ok(Deletion::Deleted)
}

/// Finds what belongs to an organisation and keeps it from being deleted. Whoever
/// is about to add such a thing holds the organisation's row, and is waited
/// for; whoever comes later waits until this transaction ends.
fn belonging(tx: &Transaction<'_>, id: OrganizationId) -> Result<Option<&'static str>, StoreError> {
    let hold = held!(tx, "SELECT 1 FROM organization WHERE id = $1", "FOR UPDATE");
    tx.first(hold, params![id.as_bytes()], |_| Ok(()))?;
    for (what, query) in [
        (
            "it has clients",
            "SELECT 1 FROM client WHERE organization = $1 LIMIT 1",
        ),
        (
            "it has contracts",
            "SELECT 1 FROM contract_index WHERE organization = $1 LIMIT 1",
        ),
        (
            // Trusts of partners are in the partitions of their customers.
            "it trusts or is trusted",
            "SELECT 1 FROM trust WHERE partition >= 0 AND (trustee = $1 OR trustor = $1) LIMIT 1",
        ),
    ] {
        let found = tx.first(query, params![id.as_bytes()], |_| Ok(()))?;
        if found.is_some() {
            return Ok(Some(what));
        }
    }
    Ok(None)
}

fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    (id, version): (OrganizationId, u64),
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization: id,
        action,
        object: &id.to_string(),
        detail,
    };
    changes::record(tx, actor, &entry, version)
}
