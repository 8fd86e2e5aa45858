//! The terms of closing of the ledger.

use exchequer_core::period::date_of;
use exchequer_core::{Contract, Day};
use exchequer_store::Transaction;
use exchequer_store::billing::terms::{self, LedgerTerms};
use exchequer_store::catalog::{Actor, Expect, Put};
use jiff::civil::Date;

use crate::app::App;
use crate::error::Error;
use crate::limits::MOST_CLOSE_AFTER;

/// Returns the first day that is billed here of a contract: its own, or that of the ledger.
pub(crate) fn billing_from(contract: &Contract, ledger: &LedgerTerms) -> Option<Date> {
    let own = contract.settings().closing.billing_from;
    own.or(ledger.billing_from.and_then(date_of))
}

/// Returns the terms.
///
/// # Errors
/// If the database fails.
pub async fn find(app: &App) -> Result<LedgerTerms, Error> {
    Ok(app.database().read(terms::find).await?)
}

/// Sets the terms: the day from which periods are billed here, and the hours from the end of
/// a period to its close.
///
/// # Errors
/// [`Error::Invalid`] if the hours are more than those of 31 days.
pub async fn put(
    app: &App,
    actor: Actor,
    billing_from: Option<Day>,
    close_after: u32,
    expect: Expect,
) -> Result<Put<LedgerTerms>, Error> {
    if close_after > MOST_CLOSE_AFTER {
        let rule = format!("closeAfter must be 0 to {MOST_CLOSE_AFTER} hours");
        return Err(Error::rule("closeAfter", rule));
    }
    let write =
        move |tx: &Transaction<'_>| terms::put(tx, &actor, (billing_from, close_after), expect);
    Ok(app.database().write(write).await?)
}
