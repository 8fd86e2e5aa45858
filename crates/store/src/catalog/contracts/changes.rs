//! Changes to contracts: each is a new version, never an overwrite.

use std::collections::BTreeMap;

use exchequer_core::contract::KnownEnds;
use exchequer_core::{Contract, Instant, OrganizationId, Products};

use super::{Head, Stored, find, find_own};
use crate::StoreError;
use crate::audit;
use crate::catalog::{Actor, Deletion, Expect, Put, must_hit, organizations, products};
use crate::sql::{Each, Transaction, Value, params};

/// Makes a contract or gives it a new version, in a transaction of its
/// organisation ([`Database::write_in`](crate::Database::write_in)). `body` is
/// the document that `contract` was read from.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    contract: &Contract,
    body: &str,
    expect: Expect,
) -> Result<Put<Stored>, StoreError> {
    let current = current(tx, contract)?;
    match &current {
        Some(same) if same.body == body => return Ok(Put::Unchanged(same.clone())),
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    if let Some(why) = refusal(tx, actor, current.as_ref(), contract)? {
        return Ok(Put::Refused(why));
    }
    if current.is_none() && !take_number(tx, contract)? {
        // Another organisation has just taken it. Its contract is seen now.
        let version = find(tx, contract.number())?.map(|other| other.version);
        return Ok(match expect.holds(version) {
            true => Put::Refused(OF_ANOTHER.to_owned()),
            false => Put::Stale,
        });
    }
    let (version, mut known_ends) = match &current {
        Some(current) => (current.version + 1, current.known_ends.clone()),
        None => (1, KnownEnds::default()),
    };
    known_ends.add(actor.at, contract.calendar().end());
    write(tx, actor, contract, (version, &known_ends), body)?;
    let detail = format!("version {version}");
    record(
        tx,
        actor,
        contract.organization(),
        contract.number(),
        "contract.put",
        &detail,
    )?;
    let now = Stored {
        number: contract.number().to_owned(),
        organization: contract.organization(),
        body: body.to_owned(),
        version,
        known_ends,
        head: head(contract),
    };
    Ok(Put::made(current.is_some(), now))
}

const OF_ANOTHER: &str = "a contract stays with its organization";

/// Returns the contract of that number as it is: mostly this organisation's, whose lock
/// is held. Another one's may change meanwhile, which does not matter: it is refused in
/// any case.
fn current(tx: &Transaction<'_>, contract: &Contract) -> Result<Option<Stored>, StoreError> {
    match find_own(tx, contract.organization(), contract.number())? {
        Some(own) => Ok(Some(own)),
        None => find(tx, contract.number()),
    }
}

/// Takes the number for the organisation; `false` if another one has it. Numbers
/// are unique among all partitions, whose locks do not exclude one another, so
/// it is the key of this table that decides.
fn take_number(tx: &Transaction<'_>, contract: &Contract) -> Result<bool, StoreError> {
    let organization = contract.organization();
    let taken = tx.execute(
        "INSERT INTO contract_index (number, partition, organization) VALUES ($1, $2, $3)
         ON CONFLICT (number) DO NOTHING",
        params![
            contract.number(),
            tx.partition_of(organization)?.number(),
            organization.as_bytes()
        ],
    )?;
    Ok(taken == 1)
}

fn head(contract: &Contract) -> Head {
    let calendar = contract.calendar();
    Head {
        currency: contract.currency().code().to_owned(),
        time_zone: calendar.zone().to_owned(),
        starts: calendar.midnight(calendar.start()),
    }
}

/// Returns the reason for which the change cannot be made, if there is one.
fn refusal(
    tx: &Transaction<'_>,
    actor: &Actor,
    current: Option<&Stored>,
    contract: &Contract,
) -> Result<Option<String>, StoreError> {
    if let Some(current) = current {
        if let Some(why) = changes_its_base(actor.at, current, contract) {
            return Ok(Some(why.to_owned()));
        }
        if let Some(why) = changes_what_ended(actor.at, current, contract) {
            return Ok(Some(why));
        }
    }
    // Held until the end, so that no organisation is deleted and no product
    // changed under the contract that rests on it.
    if !organizations::hold(tx, contract.organization())? {
        return Ok(Some("organization does not exist".to_owned()));
    }
    if let Err(error) = contract.check_products(&known(tx, contract)?) {
        return Ok(Some(error.to_string()));
    }
    Ok(overlapping(tx, contract)?
        .map(|other| format!("contract {other} of the same organization overlaps")))
}

/// Refuses to change what every figure of a contract rests on.
fn changes_its_base(now: Instant, current: &Stored, contract: &Contract) -> Option<&'static str> {
    let (before, after) = (&current.head, head(contract));
    if current.organization != contract.organization() {
        return Some(OF_ANOTHER);
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

/// Refuses an end with which a period that is over would have ended otherwise, or not have
/// been: an end is a change of its day.
fn changes_what_ended(now: Instant, current: &Stored, contract: &Contract) -> Option<String> {
    // With another start or zone all periods are others, which is another question.
    if current.head != head(contract) {
        return None;
    }
    let calendar = contract.calendar();
    let before = calendar.with_end(current.known_ends.last()?);
    let period = before.ended_otherwise(calendar.end(), now)?;
    Some(format!(
        "end: the billing period that began on {} ended on {}, and stays as it is",
        period.first,
        period.last()
    ))
}

/// Returns the products of the contract that there are; nobody changes them meanwhile.
fn known(tx: &Transaction<'_>, contract: &Contract) -> Result<Products, StoreError> {
    products::hold(tx, begins(contract).into_keys().collect())
}

/// Returns each product with the first instant at which the contract prices it.
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

/// Returns another contract of the organisation that holds at the same time.
fn overlapping(tx: &Transaction<'_>, contract: &Contract) -> Result<Option<String>, StoreError> {
    let calendar = contract.calendar();
    tx.first(
        "SELECT number FROM contract
         WHERE partition = $1 AND organization = $2 AND number <> $3
             AND (starts < $4 OR $4 IS NULL) AND (ends IS NULL OR ends > $5)
         ORDER BY starts LIMIT 1",
        params![
            tx.partition_of(contract.organization())?.number(),
            contract.organization().as_bytes(),
            contract.number(),
            calendar.ends().map(Instant::micros),
            calendar.midnight(calendar.start()).micros(),
        ],
        |row| row.get(0),
    )
}

fn write(
    tx: &Transaction<'_>,
    actor: &Actor,
    contract: &Contract,
    (version, known_ends): (u64, &KnownEnds),
    body: &str,
) -> Result<(), StoreError> {
    let Head {
        currency,
        time_zone,
        starts,
    } = head(contract);
    let partition = tx.partition_of(contract.organization())?.number();
    let (number, at) = (contract.number(), actor.at.micros());
    let written = tx.execute(
        "INSERT INTO contract (partition, number, organization, currency, time_zone, starts, ends,
             version, changed, known_ends)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (partition, number) DO UPDATE SET
             time_zone = $5, starts = $6, ends = $7, version = $8, changed = $9, known_ends = $10",
        params![
            partition,
            number,
            contract.organization().as_bytes(),
            currency,
            time_zone,
            starts.micros(),
            contract.calendar().ends().map(Instant::micros),
            version,
            at,
            known_ends.to_string(),
        ],
    )?;
    must_hit(written, "contract", number)?;
    tx.execute(
        "INSERT INTO contract_version (partition, contract, version, changed, client, body)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            partition,
            number,
            version,
            at,
            actor.client.as_bytes(),
            body
        ],
    )?;
    write_products(tx, partition, contract)
}

fn write_products(
    tx: &Transaction<'_>,
    partition: u32,
    contract: &Contract,
) -> Result<(), StoreError> {
    const PRODUCT: Each = Each {
        one: "INSERT INTO contract_product (partition, contract, product, begins)
             VALUES ($1, $2, $3, $4)",
        many: "INSERT INTO contract_product (partition, contract, product, begins)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])",
    };
    tx.execute(
        "DELETE FROM contract_product WHERE partition = $1 AND contract = $2",
        params![partition, contract.number()],
    )?;
    let rows: Vec<_> = begins(contract)
        .into_iter()
        .map(|(product, begins)| {
            [
                Value::number(partition),
                Value::text(contract.number()),
                Value::text(product),
                Value::number(begins.micros()),
            ]
        })
        .collect();
    tx.execute_each(PRODUCT, &rows)?;
    Ok(())
}

/// Deletes a contract of an organisation that has not begun: nobody has seen a
/// figure of it. In a transaction of the organisation, as [`put`].
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    organization: OrganizationId,
    number: &str,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(current) = find_own(tx, organization, number)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    if current.head.starts <= actor.at {
        return Ok(Deletion::InUse("it has begun; give it an end instead"));
    }
    // Its versions and products go with it.
    let deleted = tx.execute(
        "DELETE FROM contract WHERE partition = $1 AND number = $2",
        params![tx.partition_of(organization)?.number(), number],
    )?;
    must_hit(deleted, "contract", number)?;
    let freed = tx.execute(
        "DELETE FROM contract_index WHERE number = $1",
        params![number],
    )?;
    must_hit(freed, "contract_index", number)?;
    record(tx, actor, organization, number, "contract.delete", "")?;
    Ok(Deletion::Deleted)
}

fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    organization: OrganizationId,
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
