//! Aliases: the names of an organisation that are one resource. They are in the
//! partition of the organisation, whose figures they change.

use exchequer_core::{AliasChange, AliasList, Aliases, Day, Instant, OrganizationId};

use super::{Actor, Expect, Page, Put, Window, organizations};
use crate::audit;
use crate::changes as feed;
use crate::error::StoreError;
use crate::limits::ALIAS_CHANGES;
use crate::sql::{Each, Row, Snapshot, Transaction, Value, params};

/// The aliases of an organisation on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatedAliases {
    /// The organisation.
    pub organization: OrganizationId,
    /// The aliases of the day.
    pub list: AliasList,
    /// The day since which the list has held.
    pub since: Option<Day>,
    /// The instant at which a list was given last.
    pub made: Instant,
    /// Counts the lists that were given.
    pub version: u64,
}

/// Returns the aliases of an organisation on a day; `None` if it was never given a list.
///
/// # Errors
/// If the database fails.
pub fn find(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    day: Day,
) -> Result<Option<DatedAliases>, StoreError> {
    let Some((version, made)) = latest(db, organization)? else {
        return Ok(None);
    };
    let aliases = load(db, organization, version)?;
    Ok(Some(DatedAliases {
        organization,
        list: aliases.on(day),
        since: aliases.since(day),
        made,
        version,
    }))
}

/// Returns the version of the list that an organisation was given last, and when.
fn latest(
    db: &Snapshot<'_>,
    organization: OrganizationId,
) -> Result<Option<(u64, Instant)>, StoreError> {
    let query = "SELECT version, made FROM alias_list WHERE partition = $1 AND organization = $2
         ORDER BY version DESC LIMIT 1";
    let home = db.partition_of(organization)?.number();
    db.first(query, params![home, organization.as_bytes()], |row| {
        Ok((row.get(0)?, row.get(1).map(Instant::from_micros)?))
    })
}

/// Returns the aliases of an organisation, day by day.
pub(crate) fn all(db: &Snapshot<'_>, organization: OrganizationId) -> Result<Aliases, StoreError> {
    match latest(db, organization)? {
        Some((version, _)) => load(db, organization, version),
        None => Ok(Aliases::NONE),
    }
}

/// Returns the aliases of an organisation as its lists up to a version make them.
pub(crate) fn load(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    version: u64,
) -> Result<Aliases, StoreError> {
    let query = "SELECT begins, name, resource FROM alias_list JOIN alias
             ON alias.partition = alias_list.partition
             AND alias.organization = alias_list.organization
             AND alias.version = alias_list.version
         WHERE alias_list.partition = $1 AND alias_list.organization = $2
             AND alias_list.version <= $3
         ORDER BY alias_list.version";
    let change = |row: &Row<'_>| {
        let (name, resource): (String, String) = (row.get(1)?, row.get(2)?);
        Ok(AliasChange {
            begins: Day::from_number(row.get(0)?),
            resource: (resource != name).then_some(resource),
            name,
        })
    };
    let home = db.partition_of(organization)?.number();
    let changes = db.all(
        query,
        params![home, organization.as_bytes(), version],
        change,
    )?;
    Ok(Aliases::new(version, changes))
}

/// Returns a page of the organisations that were given lists, by id, each with its
/// aliases on a day.
///
/// # Errors
/// If the database fails.
pub fn list(db: &Snapshot<'_>, day: Day, window: Window) -> Result<Page<DatedAliases>, StoreError> {
    let count = "SELECT count(*) FROM alias_list WHERE partition >= 0 AND version = 1";
    let total = db.one(count, params![], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let query = "SELECT organization FROM alias_list WHERE partition >= 0 AND version = 1
         ORDER BY organization LIMIT $1 OFFSET $2";
    let ids = db.all(query, params![limit, offset], |row| {
        row.get(0).map(OrganizationId::from_bytes)
    })?;
    let found = ids.into_iter().map(|id| find(db, id, day));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(Page {
        rows: found.into_iter().flatten().collect(),
        total,
    })
}

/// Gives an organisation a list of aliases that holds from a day on, whatever was said of
/// later days, unless it is the list of that day already. In a transaction of the
/// organisation ([`Database::write_in`](crate::Database::write_in)).
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    organization: OrganizationId,
    list: &AliasList,
    begins: Day,
    expect: Expect,
) -> Result<Put<DatedAliases>, StoreError> {
    let current = find(tx, organization, begins)?;
    match &current {
        Some(same) if same.list == *list => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    // Held until the end, so that it is not deleted meanwhile.
    if !organizations::hold(tx, organization)? {
        return Ok(Put::Refused("the organization does not exist".to_owned()));
    }
    let before = current.as_ref().map_or(0, |it| it.version);
    let aliases = load(tx, organization, before)?;
    let changes = aliases.changes_to(list, begins);
    if aliases.changes() + changes.len() > ALIAS_CHANGES {
        let most = format!("the aliases of an organization have changed {ALIAS_CHANGES} times");
        return Ok(Put::Refused(most));
    }
    let version = before + 1;
    insert(tx, organization, version, begins, actor.at, &changes)?;
    let detail = format!(
        "{} aliases from {begins} on, {} changed",
        list.len(),
        changes.len()
    );
    let entry = audit::Entry {
        organization,
        action: "aliases.put",
        object: &organization.to_string(),
        detail: &detail,
    };
    feed::record(tx, actor, &entry, version)?;
    let now = find(tx, organization, begins)?.ok_or(StoreError::NotFound)?;
    Ok(Put::made(current.is_some(), now))
}

fn insert(
    tx: &Transaction<'_>,
    organization: OrganizationId,
    version: u64,
    begins: Day,
    made: Instant,
    changes: &[AliasChange],
) -> Result<(), StoreError> {
    const CHANGE: Each = Each {
        one: "INSERT INTO alias (partition, organization, version, name, resource)
             VALUES ($1, $2, $3, $4, $5)",
        many: "INSERT INTO alias (partition, organization, version, name, resource)
             SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::text[], $5::text[])",
    };
    let home = tx.partition_of(organization)?.number();
    let id = organization.as_bytes();
    tx.execute(
        "INSERT INTO alias_list (partition, organization, version, begins, made)
         VALUES ($1, $2, $3, $4, $5)",
        params![home, id, version, begins.number(), made.micros()],
    )?;
    let rows = changes.iter().map(|change| {
        let resource = change.resource.as_ref().unwrap_or(&change.name);
        [
            Value::number(home),
            Value::blob(id),
            Value::number(version),
            Value::text(&change.name),
            Value::text(resource),
        ]
    });
    tx.execute_each(CHANGE, &rows.collect::<Vec<_>>())?;
    Ok(())
}

/// Deletes the lists of an organisation, which is being deleted.
pub(super) fn delete(tx: &Transaction<'_>, organization: OrganizationId) -> Result<(), StoreError> {
    let home = tx.partition_of(organization)?.number();
    for statement in [
        "DELETE FROM alias WHERE partition = $1 AND organization = $2",
        "DELETE FROM alias_list WHERE partition = $1 AND organization = $2",
    ] {
        tx.execute(statement, params![home, organization.as_bytes()])?;
    }
    Ok(())
}
