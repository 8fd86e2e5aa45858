//! Organisations.

use std::collections::HashSet;

use exchequer_core::OrganizationId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Actor, Deletion, Expect, PARTITION, Page, Put, Window, audit};
use crate::StoreError;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Whether it runs the platform.
    pub operator: bool,
    /// Counts its changes, from 1.
    pub version: u64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Organization> {
    Ok(Organization {
        id: OrganizationId::from_bytes(row.get(0)?),
        name: row.get(1)?,
        operator: row.get(2)?,
        version: row.get(3)?,
    })
}

/// The organisation of that id.
///
/// # Errors
/// If the database fails.
pub fn find(
    connection: &Connection,
    id: OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    let found = connection
        .prepare_cached("SELECT id, name, operator, version FROM organization WHERE id = $1")?
        .query_row([id.as_bytes()], read)
        .optional()?;
    Ok(found)
}

/// A page of all organisations, by id.
///
/// # Errors
/// If the database fails.
pub fn list(connection: &Connection, window: Window) -> Result<Page<Organization>, StoreError> {
    let total = connection.query_row("SELECT count(*) FROM organization", [], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = connection
        .prepare_cached(
            "SELECT id, name, operator, version FROM organization
             ORDER BY id LIMIT $1 OFFSET $2",
        )?
        .query_map([limit, offset], read)?
        .collect::<Result<_, _>>()?;
    Ok(Page { rows, total })
}

/// The ids of all organisations.
///
/// # Errors
/// If the database fails.
pub fn ids(connection: &Connection) -> Result<HashSet<OrganizationId>, StoreError> {
    let ids = connection
        .prepare("SELECT id FROM organization")?
        .query_map([], |row| row.get(0).map(OrganizationId::from_bytes))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Creates the organisation or renames it.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Connection,
    actor: &Actor,
    id: OrganizationId,
    name: &str,
    expect: Expect,
) -> Result<Put<Organization>, StoreError> {
    let current = find(tx, id)?;
    match &current {
        Some(same) if same.name == name => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    tx.prepare_cached(
        "INSERT INTO organization (id, name, version, changed) VALUES ($1, $2, 1, $3)
         ON CONFLICT (id) DO UPDATE SET name = $2, version = version + 1, changed = $3",
    )?
    .execute(params![id.as_bytes(), name, actor.at.micros()])?;
    record(tx, actor, id, "organization.put", name)?;
    let now = find(tx, id)?.ok_or(StoreError::NotFound)?;
    Ok(Put::made(current.is_some(), now))
}

/// Deletes an organisation that nothing belongs to.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Connection,
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
    for (what, sql) in [
        (
            "it has clients",
            "SELECT EXISTS (SELECT 1 FROM client WHERE organization = $1)",
        ),
        (
            "it has contracts",
            "SELECT EXISTS (SELECT 1 FROM contract WHERE organization = $1)",
        ),
        (
            "it trusts or is trusted",
            "SELECT EXISTS (SELECT 1 FROM trust WHERE trustee = $1 OR trustor = $1)",
        ),
    ] {
        if tx.query_row(sql, [id.as_bytes()], |row| row.get(0))? {
            return Ok(Deletion::InUse(what));
        }
    }
    let has_usage: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM segment WHERE partition = $1 AND organization = $2)",
        params![PARTITION, id.as_bytes()],
        |row| row.get(0),
    )?;
    if has_usage {
        return Ok(Deletion::InUse("it has usage"));
    }
    tx.execute("DELETE FROM organization WHERE id = $1", [id.as_bytes()])?;
    tx.execute(
        "DELETE FROM report_job WHERE partition = $1 AND organization = $2",
        params![PARTITION, id.as_bytes()],
    )?;
    record(tx, actor, id, "organization.delete", &current.name)?;
    Ok(Deletion::Deleted)
}

fn record(
    tx: &Connection,
    actor: &Actor,
    id: OrganizationId,
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let object = id.to_string();
    audit::record(
        tx,
        actor,
        &audit::Entry {
            organization: id,
            action,
            object: &object,
            detail,
        },
    )
}
