//! Changes to contracts: each is a new version, never an overwrite.

use std::collections::BTreeMap;

use exchequer_core::{Contract, Instant, Products};

use super::{Head, Stored, find};
use crate::StoreError;
use crate::catalog::{Actor, Deletion, Expect, Put, audit, organizations, products};
use crate::sql::{Sql, params};

/// Makes a contract or gives it a new version. `body` is the document that
/// `contract` was read from.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Sql<'_>,
    actor: &Actor,
    contract: &Contract,
    body: &str,
    expect: Expect,
) -> Result<Put<Stored>, StoreError> {
    let current = find(tx, contract.number())?;
    match &current {
        Some(same) if same.body == body => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    if let Some(why) = refusal(tx, actor, current.as_ref(), contract)? {
        return Ok(Put::Refused(why));
    }
    let version = current.as_ref().map_or(1, |current| current.version + 1);
    write(tx, actor, contract, version, body)?;
    let detail = format!("version {version}");
    record(
        tx,
        actor,
        contract.organization(),
        contract.number(),
        "contract.put",
        &detail,
    )?;
    let now = find(tx, contract.number())?.ok_or(StoreError::NotFound)?;
    Ok(Put::made(current.is_some(), now))
}

fn head(contract: &Contract) -> Head {
    let calendar = contract.calendar();
    Head {
        currency: contract.currency().code().to_owned(),
        time_zone: calendar.zone().to_owned(),
        starts: calendar.midnight(calendar.start()),
    }
}

/// Why the change cannot be made, if so.
fn refusal(
    tx: &Sql<'_>,
    actor: &Actor,
    current: Option<&Stored>,
    contract: &Contract,
) -> Result<Option<String>, StoreError> {
    if let Some(current) = current
        && let Some(why) = changes_its_base(actor.at, current, contract)
    {
        return Ok(Some(why.to_owned()));
    }
    if organizations::find(tx, contract.organization())?.is_none() {
        return Ok(Some("organization does not exist".to_owned()));
    }
    if let Err(error) = contract.check_products(&known(tx, contract)?) {
        return Ok(Some(error.to_string()));
    }
    Ok(overlapping(tx, contract)?
        .map(|other| format!("contract {other} of the same organization overlaps")))
}

/// What every figure of a contract rests on may not change under it.
fn changes_its_base(now: Instant, current: &Stored, contract: &Contract) -> Option<&'static str> {
    let (before, after) = (&current.head, head(contract));
    if current.organization != contract.organization() {
        return Some("a contract stays with its organization");
    }
    if before.currency != after.currency {
        return Some("a contract keeps its currency");
    }
    let moved = before.starts != after.starts || before.time_zone != after.time_zone;
    if moved && before.starts <= now {
        return Some("a contract that has begun keeps its start and timeZone");
    }
    None
}

/// The products of the contract that there are.
fn known(tx: &Sql<'_>, contract: &Contract) -> Result<Products, StoreError> {
    let mut known = Products::new();
    for sku in begins(contract).into_keys() {
        if let Some(found) = products::find(tx, sku)? {
            known.insert(sku.to_owned(), found.product);
        }
    }
    Ok(known)
}

/// Each product with the first instant at which the contract prices it.
fn begins(contract: &Contract) -> BTreeMap<&str, Instant> {
    let mut begins = BTreeMap::new();
    for version in contract.versions() {
        for line in &version.terms.lines {
            let first = contract.calendar().midnight(version.effective);
            begins.entry(line.product.as_str()).or_insert(first);
        }
    }
    begins
}

/// Another contract of the organisation that holds at the same time.
fn overlapping(tx: &Sql<'_>, contract: &Contract) -> Result<Option<String>, StoreError> {
    let calendar = contract.calendar();
    tx.first(
        "SELECT number FROM contract
         WHERE organization = $1 AND number <> $2 AND (starts < $3 OR $3 IS NULL)
             AND (ends IS NULL OR ends > $4)
         ORDER BY starts LIMIT 1",
        params![
            contract.organization().as_bytes(),
            contract.number(),
            calendar.ends().map(Instant::micros),
            calendar.midnight(calendar.start()).micros(),
        ],
        |row| row.get(0),
    )
}

fn write(
    tx: &Sql<'_>,
    actor: &Actor,
    contract: &Contract,
    version: u64,
    body: &str,
) -> Result<(), StoreError> {
    let Head {
        currency,
        time_zone,
        starts,
    } = head(contract);
    let (number, at) = (contract.number(), actor.at.micros());
    tx.execute(
        "INSERT INTO contract (number, organization, currency, time_zone, starts, ends, version,
             changed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (number) DO UPDATE SET
             time_zone = $4, starts = $5, ends = $6, version = $7, changed = $8",
        params![
            number,
            contract.organization().as_bytes(),
            currency,
            time_zone,
            starts.micros(),
            contract.calendar().ends().map(Instant::micros),
            version,
            at,
        ],
    )?;
    tx.execute(
        "INSERT INTO contract_version (contract, version, changed, client, body)
         VALUES ($1, $2, $3, $4, $5)",
        params![number, version, at, actor.client.as_bytes(), body],
    )?;
    tx.execute(
        "DELETE FROM contract_product WHERE contract = $1",
        params![number],
    )?;
    for (product, begins) in begins(contract) {
        tx.execute(
            "INSERT INTO contract_product (contract, product, begins) VALUES ($1, $2, $3)",
            params![number, product, begins.micros()],
        )?;
    }
    Ok(())
}

/// Deletes a contract that has not begun: nobody has seen a figure of it.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Sql<'_>,
    actor: &Actor,
    number: &str,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(current) = find(tx, number)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    if current.head.starts <= actor.at {
        return Ok(Deletion::InUse("it has begun; give it an end instead"));
    }
    tx.execute("DELETE FROM contract WHERE number = $1", params![number])?;
    record(
        tx,
        actor,
        current.organization,
        number,
        "contract.delete",
        "",
    )?;
    Ok(Deletion::Deleted)
}

fn record(
    tx: &Sql<'_>,
    actor: &Actor,
    organization: exchequer_core::OrganizationId,
    number: &str,
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization,
        action,
        object: number,
        detail,
    };
    audit::record(tx, actor, &entry)
}
