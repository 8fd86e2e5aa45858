//! The terms of closing that hold where a contract says nothing else.

use exchequer_core::{Day, OrganizationId};

use super::due;
use crate::audit;
use crate::catalog::{Actor, Expect, Put, organizations};
use crate::changes;
use crate::error::StoreError;
use crate::sql::{Snapshot, Transaction, params};

/// The hours from the end of a period to its close, unless somebody says otherwise.
const HOURS: u32 = 24;

/// The terms of closing of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerTerms {
    /// Periods that end by the beginning of this day are billed elsewhere. Without it no
    /// period is closed.
    pub billing_from: Option<Day>,
    /// The hours from the end of a period to its close.
    pub close_after: u32,
    /// Counts their changes; 0 if they were never set.
    pub version: u64,
}

/// Returns the terms.
///
/// # Errors
/// If the database fails.
pub fn find(db: &Snapshot<'_>) -> Result<LedgerTerms, StoreError> {
    let query = "SELECT billing_from, close_after, version FROM closing_terms";
    let found = db.first(query, params![], |row| {
        let day: Option<i32> = row.get(0)?;
        Ok(LedgerTerms {
            billing_from: day.map(Day::from_number),
            close_after: row.get(1)?,
            version: row.get(2)?,
        })
    })?;
    Ok(found.unwrap_or(LedgerTerms {
        billing_from: None,
        close_after: HOURS,
        version: 0,
    }))
}

/// Sets the terms. All contracts are looked at again.
///
/// # Errors
/// If the database fails.
pub fn put(
    tx: &Transaction<'_>,
    actor: &Actor,
    (billing_from, close_after): (Option<Day>, u32),
    expect: Expect,
) -> Result<Put<LedgerTerms>, StoreError> {
    let current = find(tx)?;
    if (current.billing_from, current.close_after) == (billing_from, close_after) {
        return Ok(Put::Unchanged(current));
    }
    if !expect.holds((current.version > 0).then_some(current.version)) {
        return Ok(Put::Stale);
    }
    let new = LedgerTerms {
        billing_from,
        close_after,
        version: current.version + 1,
    };
    tx.execute(
        "INSERT INTO closing_terms (id, billing_from, close_after, version)
         VALUES (0, $1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET billing_from = $1, close_after = $2, version = $3",
        params![billing_from.map(Day::number), close_after, new.version],
    )?;
    due::set_all(tx, actor.at)?;
    let organization: OrganizationId = organizations::operator(tx)?;
    let from = billing_from.map_or_else(|| "no day".to_owned(), |day| day.to_string());
    let entry = audit::Entry {
        organization,
        action: "closing.put",
        object: "closing",
        detail: &format!("billing from {from}, closed after {close_after} hours"),
    };
    changes::record(tx, actor, &entry, new.version)?;
    Ok(Put::made(current.version > 0, new))
}
