//! Products: what contracts price and meters count.

use std::collections::BTreeSet;

use exchequer_core::{Day, OrganizationId, Product, Products, Quantity};

use super::history::{Earlier, day_of_change, holds_since, kept_until};
use super::{Actor, Deletion, Expect, Page, Put, Window, must_hit};
use crate::audit;
use crate::changes;
use crate::error::{Cause, StoreError};
use crate::sql::{Row, Snapshot, Transaction, held, params};

/// A product of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The product.
    pub product: Product,
    /// Counts its changes, from 1.
    pub version: u64,
    /// What it was called before, in order of days; only [`find_with_history`] reads it.
    pub earlier: Vec<Earlier<Words>>,
}

/// What a product is called on bills. It changes from a day on, and has no part in a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The name on bills.
    pub name: String,
    /// The short name of its charge.
    pub charge: String,
    /// The key by which applications group it.
    pub grouping: String,
    /// The unit as shown to people.
    pub unit: String,
    /// The unit of the contract operations.
    pub unit_of_measure: String,
    /// True if the customer may cancel it.
    pub cancellable: bool,
}

impl Words {
    fn of(product: &Product) -> Self {
        Self {
            name: product.name.clone(),
            charge: product.charge.clone(),
            grouping: product.grouping.clone(),
            unit: product.unit.clone(),
            unit_of_measure: product.unit_of_measure.clone(),
            cancellable: product.cancellable,
        }
    }
}

/// Columns of a product, in the order in which they are read.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT sku, name, charge, meter, grouping, unit, unit_of_measure, bundle,
                    third_party, cancellable, product.version, charged_in_ramp ",
            $rest
        )
    };
}

fn from_row(row: &Row<'_>) -> Result<Stored, StoreError> {
    let bundle: String = row.get(7)?;
    let bundle = Quantity::parse(&bundle)
        .map_err(|error| StoreError::corrupt("product", Cause::from_error(error)))?;
    Ok(Stored {
        product: Product {
            sku: row.get(0)?,
            name: row.get(1)?,
            charge: row.get(2)?,
            meter: row.get(3)?,
            grouping: row.get(4)?,
            unit: row.get(5)?,
            unit_of_measure: row.get(6)?,
            bundle,
            third_party: row.get(8)?,
            cancellable: row.get(9)?,
            charged_in_ramp: row.get(11)?,
        },
        version: row.get(10)?,
        earlier: Vec::new(),
    })
}

/// Returns the product of that part number.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>, sku: &str) -> Result<Option<Stored>, StoreError> {
    db.first(
        select!("FROM product WHERE sku = $1"),
        params![sku],
        from_row,
    )
}

/// Returns the product of that part number with what it was called before.
///
/// # Errors
/// If the database fails.
pub fn find_with_history(db: &Snapshot<'_>, sku: &str) -> Result<Option<Stored>, StoreError> {
    let Some(mut found) = find(db, sku)? else {
        return Ok(None);
    };
    found.earlier = db.all(
        "SELECT ends, name, charge, grouping, unit, unit_of_measure, cancellable
         FROM product_words WHERE sku = $1 ORDER BY ends",
        params![sku],
        |row| {
            let words = Words {
                name: row.get(1)?,
                charge: row.get(2)?,
                grouping: row.get(3)?,
                unit: row.get(4)?,
                unit_of_measure: row.get(5)?,
                cancellable: row.get(6)?,
            };
            Ok((Day::from_number(row.get(0)?), words))
        },
    )?;
    Ok(Some(found))
}

/// Returns the products of those part numbers that there are. Until the transaction
/// ends nobody deletes them, nor changes what their figures are made of.
pub(super) fn hold(tx: &Transaction<'_>, skus: Vec<&str>) -> Result<Products, StoreError> {
    if tx.is_shared() {
        let query = select!("FROM product WHERE sku = ANY($1) FOR KEY SHARE");
        let products = tx.all(query, params![skus], by_sku)?;
        return Ok(products.into_iter().collect());
    }
    let mut products = Products::new();
    for sku in skus {
        if let Some(found) = find(tx, sku)? {
            products.insert(sku.to_owned(), found.product);
        }
    }
    Ok(products)
}

/// Returns a page of all products, by part number.
///
/// # Errors
/// If the database fails.
pub fn list(db: &Snapshot<'_>, window: Window) -> Result<Page<Stored>, StoreError> {
    let total = db.one("SELECT count(*) FROM product", params![], |row| row.get(0))?;
    let (offset, limit) = window.bounds();
    let rows = db.all(
        select!("FROM product ORDER BY sku LIMIT $1 OFFSET $2"),
        params![limit, offset],
        from_row,
    )?;
    Ok(Page { rows, total })
}

/// Columns as [`select`] has them, with the `words` of a day where they were others.
macro_rules! select_as_called {
    ($rest:literal) => {
        concat!(
            "SELECT product.sku, coalesce(words.name, product.name),
                 coalesce(words.charge, product.charge), meter,
                 coalesce(words.grouping, product.grouping), coalesce(words.unit, product.unit),
                 coalesce(words.unit_of_measure, product.unit_of_measure), bundle, third_party,
                 coalesce(words.cancellable, product.cancellable), product.version,
                 charged_in_ramp ",
            $rest
        )
    };
}

/// Returns false if no product was ever called otherwise, so that the words of all days are
/// those of today. In PostgreSQL it would be a round trip to know.
fn were_renamed(db: &Snapshot<'_>) -> Result<bool, StoreError> {
    if db.is_shared() {
        return Ok(true);
    }
    let found = db.first("SELECT 1 FROM product_words LIMIT 1", params![], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Returns the products that the contracts of an organisation price, as they were called
/// on a day, or as they are called now.
pub(crate) fn priced_for(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    day: Option<Day>,
) -> Result<Products, StoreError> {
    let partition = db.partition_of(organization)?.number();
    let Some(day) = day else {
        let query = select!(
            "FROM contract_product JOIN product ON product.sku = contract_product.product
             WHERE contract_product.partition = $1 AND contract IN
                 (SELECT number FROM contract
                  WHERE contract.partition = $1 AND organization = $2)"
        );
        let products = db.all(query, params![partition, organization.as_bytes()], by_sku)?;
        return Ok(products.into_iter().collect());
    };
    let query = select_as_called!(
        "FROM contract_product JOIN product ON product.sku = contract_product.product
         LEFT JOIN product_words AS words ON words.sku = product.sku AND words.ends =
             (SELECT min(earlier.ends) FROM product_words AS earlier
              WHERE earlier.sku = product.sku AND earlier.ends > $1)
         WHERE contract_product.partition = $2 AND contract IN
             (SELECT number FROM contract WHERE contract.partition = $2 AND organization = $3)"
    );
    let products = db.all(
        query,
        params![day.number(), partition, organization.as_bytes()],
        by_sku,
    )?;
    Ok(products.into_iter().collect())
}

/// Returns the products that some meters count, as they were called on a day, or as they
/// are called now.
fn counted_by<'a>(
    db: &Snapshot<'_>,
    meters: impl Iterator<Item = &'a str>,
    day: Option<Day>,
) -> Result<Products, StoreError> {
    let meters: Vec<&str> = meters.collect();
    let Some(day) = day else {
        let query = select!("FROM product WHERE meter = $1");
        let mut products = Products::new();
        for meter in meters {
            products.extend(db.all(query, params![meter], by_sku)?);
        }
        return Ok(products);
    };
    let products = if db.is_shared() {
        let query = select_as_called!(
            "FROM product
             LEFT JOIN product_words AS words ON words.sku = product.sku AND words.ends =
                 (SELECT min(earlier.ends) FROM product_words AS earlier
                  WHERE earlier.sku = product.sku AND earlier.ends > $1)
             WHERE meter = ANY($2)"
        );
        db.all(query, params![day.number(), meters], by_sku)?
    } else {
        let query = select_as_called!(
            "FROM product
             LEFT JOIN product_words AS words ON words.sku = product.sku AND words.ends =
                 (SELECT min(earlier.ends) FROM product_words AS earlier
                  WHERE earlier.sku = product.sku AND earlier.ends > $1)
             WHERE meter IN (SELECT value FROM json_each($2))"
        );
        let meters = serde_json::to_string(&meters).expect("names are strings");
        db.all(query, params![day.number(), meters], by_sku)?
    };
    Ok(products.into_iter().collect())
}

/// Returns the products that a bill may show, as they were called on a day: those that
/// contracts price, and those that count a meter with usage, which nobody has sold.
///
/// # Errors
/// If the database fails.
pub fn of_bills<'a>(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    meters: impl Iterator<Item = &'a String>,
    day: Day,
) -> Result<Products, StoreError> {
    let day = were_renamed(db)?.then_some(day);
    let mut all = priced_for(db, organization, day)?;
    let meters: BTreeSet<&str> = meters.map(String::as_str).collect();
    all.append(&mut counted_by(db, meters.into_iter(), day)?);
    Ok(all)
}

fn by_sku(row: &Row<'_>) -> Result<(String, Product), StoreError> {
    let product = from_row(row)?.product;
    Ok((product.sku.clone(), product))
}

/// Makes a product or changes it. While a contract prices it, what its figures
/// are made of stays, unless there is a reason; then all that is not closed is rated by the
/// new product. Its words change from the day `effective` on, or from
/// [`day_of_change`] on; periods before keep the old ones.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    product: &Product,
    effective: Option<Day>,
    reason: Option<&str>,
    expect: Expect,
) -> Result<Put<Stored>, StoreError> {
    let current = find_with_history(tx, &product.sku)?;
    let begins = effective.unwrap_or_else(|| day_of_change(actor.at));
    match &current {
        Some(same) if same.product == *product && holds_since(&same.earlier, begins) => {
            return Ok(Put::Unchanged(same.clone()));
        }
        _ if !expect.holds(current.as_ref().map(|it| it.version)) => return Ok(Put::Stale),
        _ => {}
    }
    if let Some(why) = refusal(tx, current.as_ref(), product, reason)? {
        return Ok(Put::Refused(why));
    }
    write(tx, actor, product)?;
    if let Some(current) = &current {
        keep_words(tx, current, product, begins)?;
    }
    let now = find_with_history(tx, &product.sku)?.ok_or(StoreError::NotFound)?;
    let (action, detail) = match reason {
        Some(reason) => ("product.correct", reason),
        None => ("product.put", product.name.as_str()),
    };
    record(tx, actor, (&product.sku, now.version), action, detail)?;
    Ok(Put::made(current.is_some(), now))
}

/// Returns the reason for which the change cannot be made, if there is one.
fn refusal(
    tx: &Transaction<'_>,
    current: Option<&Stored>,
    product: &Product,
    reason: Option<&str>,
) -> Result<Option<String>, StoreError> {
    if let Some(name) = &product.meter {
        let meter = tx.first("SELECT 1 FROM meter WHERE name = $1", params![name], |_| {
            Ok(())
        })?;
        if meter.is_none() {
            return Ok(Some(format!("there is no meter {name}")));
        }
    }
    let counts_otherwise = current.is_some_and(|current| !current.product.counts_like(product));
    if counts_otherwise && is_priced(tx, &product.sku)? && reason.is_none() {
        let why = "a contract prices it: its meter, bundle, thirdParty and chargedInRamp stay as \
                   they are, unless a reason is given";
        return Ok(Some(why.to_owned()));
    }
    Ok(None)
}

/// Returns the numbers of the contracts of all organisations that price a product.
///
/// # Errors
/// If the database fails.
pub fn pricing(db: &Snapshot<'_>, sku: &str) -> Result<Vec<String>, StoreError> {
    let query = "SELECT DISTINCT contract FROM contract_product
         WHERE partition >= 0 AND product = $1 ORDER BY contract";
    db.all(query, params![sku], |row| row.get(0))
}

/// Returns whether a contract of any organisation prices it. A contract that is being
/// put is waited for, and one that is put later waits until this transaction
/// ends: both hold the product's row.
fn is_priced(tx: &Transaction<'_>, sku: &str) -> Result<bool, StoreError> {
    let hold = held!(tx, "SELECT 1 FROM product WHERE sku = $1", "FOR UPDATE");
    tx.first(hold, params![sku], |_| Ok(()))?;
    let line = tx.first(
        "SELECT 1 FROM contract_product WHERE partition >= 0 AND product = $1 LIMIT 1",
        params![sku],
        |_| Ok(()),
    )?;
    Ok(line.is_some())
}

fn write(tx: &Transaction<'_>, actor: &Actor, product: &Product) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO product (sku, name, charge, meter, grouping, unit, unit_of_measure, bundle,
             third_party, cancellable, version, changed, charged_in_ramp)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)
         ON CONFLICT (sku) DO UPDATE SET name = $2, charge = $3, meter = $4, grouping = $5,
             unit = $6, unit_of_measure = $7, bundle = $8, third_party = $9, cancellable = $10,
             version = product.version + 1, changed = $11, charged_in_ramp = $12",
        params![
            product.sku,
            product.name,
            product.charge,
            product.meter,
            product.grouping,
            product.unit,
            product.unit_of_measure,
            product.bundle.to_string(),
            product.third_party,
            product.cancellable,
            actor.at.micros(),
            product.charged_in_ramp,
        ],
    )?;
    Ok(())
}

/// Keeps the words that hold up to the day from which the new ones do.
fn keep_words(
    tx: &Transaction<'_>,
    current: &Stored,
    product: &Product,
    begins: Day,
) -> Result<(), StoreError> {
    let (held, new) = (Words::of(&current.product), Words::of(product));
    tx.execute(
        "DELETE FROM product_words WHERE sku = $1 AND ends >= $2",
        params![product.sku, begins.number()],
    )?;
    let Some(kept) = kept_until(&current.earlier, &held, &new, begins) else {
        return Ok(());
    };
    tx.execute(
        "INSERT INTO product_words (sku, ends, name, charge, grouping, unit, unit_of_measure,
             cancellable)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            product.sku,
            begins.number(),
            kept.name,
            kept.charge,
            kept.grouping,
            kept.unit,
            kept.unit_of_measure,
            kept.cancellable,
        ],
    )?;
    Ok(())
}

/// Deletes a product that no contract prices.
///
/// # Errors
/// If the database fails.
pub fn delete(
    tx: &Transaction<'_>,
    actor: &Actor,
    sku: &str,
    expect: Expect,
) -> Result<Deletion, StoreError> {
    let Some(current) = find(tx, sku)? else {
        return Ok(Deletion::Absent);
    };
    if !expect.holds(Some(current.version)) {
        return Ok(Deletion::Stale);
    }
    if is_priced(tx, sku)? {
        return Ok(Deletion::InUse("a contract prices it"));
    }
    let deleted = tx.execute("DELETE FROM product WHERE sku = $1", params![sku])?;
    must_hit(deleted, "product", sku)?;
    record(tx, actor, (sku, 0), "product.delete", "")?;
    Ok(Deletion::Deleted)
}

/// Products belong to the platform: their trail is the operator's.
fn record(
    tx: &Transaction<'_>,
    actor: &Actor,
    (sku, version): (&str, u64),
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let entry = audit::Entry {
        organization: actor.organization,
        action,
        object: sku,
        detail,
    };
    changes::record(tx, actor, &entry, version)
}
