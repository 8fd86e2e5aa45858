//! Changes to contracts: each is a new version, never an overwrite.

use std::collections::BTreeMap;

use exchequer_core::contract::{Decrease, KnownEnds};
use exchequer_core::{Contract, Instant, OrganizationId, Products};

use super::{Head, Stored, find, find_own};
use crate::StoreError;
use crate::audit;
use crate::billing::{due, periods};
use crate::catalog::{Actor, Deletion, Expect, Put, must_hit, organizations, products};
use crate::changes::{self, NewChange};
use crate::sql::{Each, Snapshot, Transaction, Value, params};

/// A contract to put.
#[derive(Clone, Copy)]
pub struct Proposal<'a> {
    /// The contract, as its document says it.
    pub contract: &'a Contract,
    /// The document that it was read from, but for `decrease`.
    pub body: &'a str,
    /// Its `decrease`, if it has one. One that is there keeps what it has.
    pub decrease: Option<Decrease>,
    /// The organisation that it is taken from, if it belonged to another one. The
    /// transaction has the locks of both.
    pub from: Option<OrganizationId>,
    /// True if it may change days that are closed: whoever puts it has charged what that
    /// makes of them.
    pub corrects: bool,
}

/// Contracts as they stand beside each other once one is put or withdrawn.
#[derive(Clone, Debug, Default)]
pub struct Arrangement {
    /// All contracts of the organisations concerned, with the instants at which they
    /// begin and end then.
    pub contracts: Vec<Contract>,
    /// The reason for which they cannot stand so.
    pub clash: Option<String>,
    /// The contract that is put as it was before, if there is one of its number.
    pub before: Option<Contract>,
}

/// The outcome of a put within the lock of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was put, or not.
    Put(Put<Stored>),
    /// Nothing was changed: the contract belongs to this organisation, whose lock it takes.
    BelongsTo(OrganizationId),
}

/// Makes a contract or gives it a new version, in a transaction of its
/// organisation ([`Database::write_in`](crate::Database::write_in)).
/// `arrange` is given the contract as it is, and asked how the contracts stand beside each
/// other then, if the put is one that changes anything.
///
/// # Errors
/// If the database fails, or the error of `arrange`.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    proposal: Proposal<'_>,
    expect: Expect,
    arrange: impl FnOnce(&Snapshot<'_>, Option<&Stored>) -> Result<Arrangement, StoreError>,
) -> Result<Outcome, StoreError> {
    let Proposal {
        contract,
        body,
        decrease,
        from,
        corrects,
    } = proposal;
    let done = |put| Ok(Outcome::Put(put));
    let current = current(tx, contract)?;
    let decrease = decrease.or(current.as_ref().map(|current| current.decrease));
    // A contract that is new, and says nothing of it, has the default of the documentation.
    let decrease = decrease.unwrap_or_default();
    match &current {
        Some(same) if same.body == body && same.decrease == decrease => {
            return done(Put::Unchanged(same.clone()));
        }
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return done(Put::Stale),
        // A number that is used again by mistake must not take somebody's contract away.
        Some(other)
            if other.organization != contract.organization() && !expect.has_seen(other.version) =>
        {
            let (number, whose) = (&other.number, other.organization);
            return done(Put::Refused(format!(
                "contract {number} belongs to organization {whose}; to move it, send its version"
            )));
        }
        Some(other)
            if other.organization != contract.organization()
                && from != Some(other.organization) =>
        {
            return Ok(Outcome::BelongsTo(other.organization));
        }
        _ => {}
    }
    let arrangement = arrange(tx, current.as_ref())?;
    let arranged = arrangement.contracts.iter();
    let mut arranged = arranged.filter(|it| it.number() == contract.number());
    // It begins where the one before it ends, which its document does not know.
    let contract = arranged.next().unwrap_or(contract);
    let contract = match contract.clone().with_decrease(decrease) {
        Ok(contract) => contract,
        Err(error) => return done(Put::Refused(error.to_string())),
    };
    let contract = &contract;
    if let Some(why) = refusal(
        tx,
        actor,
        (current.as_ref(), corrects),
        contract,
        &arrangement,
    )? {
        return done(Put::Refused(why));
    }
    if current.is_none() && !take_number(tx, contract)? {
        // Another organisation has just taken it. Its contract is seen now.
        let version = find(tx, contract.number())?.map(|other| other.version);
        return done(match expect.holds(version) {
            true => Put::Refused(JUST_TAKEN.to_owned()),
            false => Put::Stale,
        });
    }
    if let Some(other) = current.as_ref().filter(|it| Some(it.organization) == from) {
        hand_over(tx, actor, other, contract.organization())?;
    }
    let version = current.as_ref().map_or(1, |current| current.version + 1);
    let known_ends = known_ends(actor.at, current.as_ref(), contract);
    write(tx, actor, contract, (version, &known_ends), body)?;
    place_others(tx, actor, contract.number(), &arrangement)?;
    let detail = format!("version {version}");
    record(
        tx,
        actor,
        (contract.organization(), contract.number(), version),
        "contract.put",
        &detail,
    )?;
    let now = Stored {
        number: contract.number().to_owned(),
        organization: contract.organization(),
        body: body.to_owned(),
        decrease,
        version,
        known_ends,
        head: head(contract),
    };
    done(Put::made(current.is_some(), now))
}

const JUST_TAKEN: &str = "another organization has just taken this number";

/// Returns true if a period of a contract is closed, or charged in advance. Then the
/// contract keeps its organisation, currency, time zone and start, and is not withdrawn.
fn is_closed(db: &Snapshot<'_>, contract: &Stored) -> Result<bool, StoreError> {
    periods::has_any(db, contract.organization, &contract.number)
}

/// Moves a contract with all its versions to another organisation.
fn hand_over(
    tx: &Transaction<'_>,
    actor: &Actor,
    contract: &Stored,
    to: OrganizationId,
) -> Result<(), StoreError> {
    let number = contract.number.as_str();
    let [old, new] = [contract.organization, to].map(|whose| tx.partition_of(whose));
    let (old, new) = (old?.number(), new?.number());
    if old == new {
        let moved = tx.execute(
            "UPDATE contract SET organization = $1 WHERE partition = $2 AND number = $3",
            params![to.as_bytes(), old, number],
        )?;
        must_hit(moved, "contract", number)?;
    } else {
        copy_to(tx, number, (old, new), to)?;
    }
    let indexed = tx.execute(
        "UPDATE contract_index SET partition = $1, organization = $2 WHERE number = $3",
        params![new, to.as_bytes(), number],
    )?;
    must_hit(indexed, "contract_index", number)?;
    let detail = format!("to {to}");
    record(
        tx,
        actor,
        (contract.organization, number, contract.version),
        "contract.move",
        &detail,
    )
}

/// Copies the rows of a contract into another partition, and deletes the old ones. Its
/// products are written with the put.
fn copy_to(
    tx: &Transaction<'_>,
    number: &str,
    (old, new): (u32, u32),
    to: OrganizationId,
) -> Result<(), StoreError> {
    let copied = tx.execute(
        "INSERT INTO contract (partition, number, organization, currency, time_zone, starts, ends,
             version, changed, known_ends)
         SELECT CAST($1 AS BIGINT), number, organization.id, currency, time_zone, starts, ends,
             contract.version, contract.changed, known_ends
         FROM contract JOIN organization ON organization.id = $2
         WHERE partition = $3 AND number = $4",
        params![new, to.as_bytes(), old, number],
    )?;
    must_hit(copied, "contract", number)?;
    tx.execute(
        "INSERT INTO contract_version (partition, contract, version, changed, client, body,
             decrease)
         SELECT CAST($1 AS BIGINT), contract, version, changed, client, body, decrease
         FROM contract_version WHERE partition = $2 AND contract = $3",
        params![new, old, number],
    )?;
    // Its old versions and products go with it.
    let deleted = tx.execute(
        "DELETE FROM contract WHERE partition = $1 AND number = $2",
        params![old, number],
    )?;
    must_hit(deleted, "contract", number)
}

/// Writes the instants at which the other contracts begin and end, where they have moved.
fn place_others(
    tx: &Transaction<'_>,
    actor: &Actor,
    number: &str,
    arrangement: &Arrangement,
) -> Result<(), StoreError> {
    for other in arrangement
        .contracts
        .iter()
        .filter(|it| it.number() != number)
    {
        let partition = tx.partition_of(other.organization())?.number();
        let moved = tx.execute(
            "UPDATE contract SET starts = $1, ends = $2
             WHERE partition = $3 AND number = $4
                 AND (starts <> $1 OR ends IS DISTINCT FROM $2)",
            params![
                other.calendar().begins().micros(),
                other.calendar().ends().map(Instant::micros),
                partition,
                other.number(),
            ],
        )?;
        if moved > 0 {
            write_products(tx, partition, other)?;
            due::set(tx, other.organization(), other.number(), actor.at)?;
            // Nobody has put it, so no trail says so; but its periods are others now.
            tx.note_change(NewChange {
                at: actor.at,
                organization: other.organization(),
                action: "contract.realign".to_owned(),
                object: other.number().to_owned(),
                version: version_of(tx, partition, other.number())?,
            })?;
        }
    }
    Ok(())
}

/// Returns the version of a contract that is there.
fn version_of(db: &Snapshot<'_>, partition: u32, number: &str) -> Result<u64, StoreError> {
    let query = "SELECT version FROM contract WHERE partition = $1 AND number = $2";
    db.one(query, params![partition, number], |row| row.get(0))
}

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
        starts: calendar.begins(),
    }
}

/// Returns the reason for which the change cannot be made, if there is one.
fn refusal(
    tx: &Transaction<'_>,
    actor: &Actor,
    (current, corrects): (Option<&Stored>, bool),
    contract: &Contract,
    arrangement: &Arrangement,
) -> Result<Option<String>, StoreError> {
    if let Some(current) = current {
        if is_closed(tx, current)?
            && let Some(why) = changes_its_base(current, contract)
        {
            return Ok(Some(why.to_owned()));
        }
        let before = arrangement.before.as_ref().filter(|_| !corrects);
        if let Some(before) = before
            && let Some(why) = changes_closed_days(tx, before, contract)?
        {
            return Ok(Some(why));
        }
        if !corrects && let Some(why) = changes_what_ended(actor.at, (current, before), contract) {
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
    Ok(arrangement.clash.clone())
}

/// Returns why a contract is refused that changes what every figure of it rests on: once a
/// period is closed, that stays.
#[must_use]
pub fn changes_its_base(current: &Stored, contract: &Contract) -> Option<&'static str> {
    let (before, after) = (&current.head, head(contract));
    if current.organization != contract.organization() {
        return Some("a contract with a closed period stays with its organization");
    }
    if before.currency != after.currency {
        return Some("a contract with a closed period keeps its currency");
    }
    let moved = before.starts != after.starts || before.time_zone != after.time_zone;
    moved.then_some("a contract with a closed period keeps its start and timeZone")
}

/// Refuses what would change a day that is closed, or that was charged in advance.
fn changes_closed_days(
    tx: &Transaction<'_>,
    before: &Contract,
    contract: &Contract,
) -> Result<Option<String>, StoreError> {
    let closed = periods::of_contract(tx, before.organization(), before.number())?;
    let days = closed.iter().filter_map(|closed| {
        let period = before.calendar().period(closed.number)?;
        let is_closed = closed.closed.is_some();
        Some(if is_closed {
            period.last()
        } else {
            period.first
        })
    });
    let Some(last) = days.max() else {
        return Ok(None);
    };
    let field = before.differs_through(contract, last);
    Ok(field.map(|field| {
        format!("{field}: days up to {last} are closed, and only a correction changes them")
    }))
}

/// Refuses an end with which a period that is over would have ended otherwise, or not have
/// been: an end is a change of its day.
fn changes_what_ended(
    now: Instant,
    (current, before): (&Stored, Option<&Contract>),
    contract: &Contract,
) -> Option<String> {
    // With another start all periods are others, which is another question.
    if current.head.starts != contract.calendar().begins() {
        return None;
    }
    if let Some(period) = before.and_then(|it| it.went_on_within(contract.term_end(), now)) {
        return Some(format!(
            "end: in the billing period that began on {} the contract went on from month to \
             month, and it stays as it is",
            period.first
        ));
    }
    let calendar = contract.calendar();
    let before = calendar.with_end(current.known_ends.last()?);
    let period = before.ended_otherwise(contract.term_end(), now)?;
    Some(format!(
        "end: the billing period that began on {} ended on {}, and stays as it is",
        period.first,
        period.last()
    ))
}

/// Returns the ends that a contract has been given. With another start it is another
/// contract, mended: then nothing else was ever known.
fn known_ends(now: Instant, current: Option<&Stored>, contract: &Contract) -> KnownEnds {
    let begins = contract.calendar().begins();
    let same = current.filter(|current| current.head.starts == begins);
    let mut known_ends = same.map_or_else(KnownEnds::default, |it| it.known_ends.clone());
    known_ends.add(now, contract.term_end());
    known_ends
}

/// Returns the products of the contract that there are; nobody changes them meanwhile.
fn known(tx: &Transaction<'_>, contract: &Contract) -> Result<Products, StoreError> {
    products::hold(tx, begins(contract).into_keys().collect())
}

/// Returns each product with the first instant at which a line or a wallet of the contract
/// prices it.
fn begins(contract: &Contract) -> BTreeMap<&str, Instant> {
    let mut begins = BTreeMap::new();
    for version in contract.versions() {
        let first = contract.calendar().opens(version.effective);
        let lines = version.terms.lines.iter().map(|line| &line.product);
        let wallets = version.terms.wallets.iter().map(|wallet| &wallet.product);
        for product in lines.chain(wallets) {
            begins.entry(product.as_str()).or_insert(first);
        }
    }
    begins
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
             currency = $4, time_zone = $5, starts = $6, ends = $7, version = $8, changed = $9,
             known_ends = $10",
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
        "INSERT INTO contract_version (partition, contract, version, changed, client, body,
             decrease)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![
            partition,
            number,
            version,
            at,
            actor.client.as_bytes(),
            body,
            contract.settings().decrease.to_string(),
        ],
    )?;
    write_products(tx, partition, contract)?;
    due::set(tx, contract.organization(), number, actor.at)
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

/// Withdraws a contract of which no period is closed: nobody has an invoice of it. In a
/// transaction of the organisation, as [`put`]; `arrange` says how the others stand then.
///
/// # Errors
/// If the database fails, or the error of `arrange`.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    organization: OrganizationId,
    number: &str,
    expect: Expect,
    arrange: impl FnOnce(&Snapshot<'_>) -> Result<Arrangement, StoreError>,
) -> Result<Deletion, StoreError> {
    let Some(current) = find_own(tx, organization, number)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    if is_closed(tx, &current)? {
        return Ok(Deletion::InUse(
            "a period of it is closed; give it an end instead",
        ));
    }
    place_others(tx, actor, number, &arrange(tx)?)?;
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
    record(tx, actor, (organization, number, 0), "contract.delete", "")?;
    Ok(Deletion::Deleted)
}

fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    (organization, number, version): (OrganizationId, &str, u64),
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization,
        action,
        object: number,
        detail,
    };
    changes::record(tx, actor, &entry, version)
}
