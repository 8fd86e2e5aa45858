//! Correcting a contract for days that are closed.

use exchequer_core::Contract;
use exchequer_store::billing::append;
use exchequer_store::catalog::contracts::{self, Outcome, Proposal, Stored};
use exchequer_store::catalog::{Actor, Expect, Put};
use exchequer_store::{Snapshot, StoreError, Transaction, UsageView, audit};
use exchequer_types::catalog;

use super::plan::{Correction, Plan, plan_correction};
use super::settle::Closed;
use crate::app::App;
use crate::billing_view::BillingView;
use crate::catalog::contracts::arrange;
use crate::documents::contract::{load, to_store};
use crate::error::Error;

/// The most bytes of a reason.
const LONGEST_REASON: usize = 512;

/// Puts a contract whatever is closed, and charges what that makes of closed periods. A dry
/// run says what it would store, and stores nothing.
///
/// # Errors
/// [`Error::NotFound`] if there is no such contract; [`Error::Invalid`] without a reason;
/// [`Error::Conflict`] if the contract changes meanwhile, or would change its organisation,
/// currency, time zone or start.
pub async fn correct(
    app: &App,
    actor: Actor,
    contract: Contract,
    document: &catalog::Contract,
    reason: &str,
    dry_run: bool,
) -> Result<Closed, Error> {
    check_reason(reason)?;
    let number = contract.number().to_owned();
    let find = move |db: &Snapshot<'_>| contracts::find(db, &number);
    let stored = app.database().read(find).await?.ok_or(Error::NotFound)?;
    if stored.organization != contract.organization() {
        let why = "a contract with a closed period stays with its organization";
        return Err(Error::Conflict(why.to_owned()));
    }
    let said = document
        .decrease
        .as_ref()
        .map(|_| contract.settings().decrease);
    let as_is_to_be = as_known(&stored, contract.clone(), actor)?;
    let correction = Correction {
        contract: as_is_to_be,
        reason: reason.to_owned(),
    };
    let (number, now) = (stored.number.clone(), actor.at);
    let organization = stored.organization;
    let look = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        Ok(plan_correction(&view, &number, now, correction))
    };
    let plan = app.store().read_usage(organization, look).await??;
    let plan = plan.ok_or(Error::NotFound)?;
    let mut closed = Closed::nothing(&stored.number);
    closed.add(&plan);
    if dry_run {
        return Ok(closed);
    }
    closed.first_entry = Some(plan.chain.last + 1);
    let body = serde_json::to_string(&to_store(document))?;
    let reason = reason.to_owned();
    let write = move |tx: &Transaction<'_>| {
        let proposal = Proposal {
            contract: &contract,
            body: &body,
            decrease: said,
            from: None,
            corrects: true,
        };
        store(tx, &actor, &plan, proposal, &reason)
    };
    app.database().write_in(organization, write).await?;
    Ok(closed)
}

fn check_reason(reason: &str) -> Result<(), Error> {
    let fits = !reason.trim().is_empty() && reason.len() <= LONGEST_REASON;
    if fits && !reason.chars().any(char::is_control) {
        return Ok(());
    }
    let rule = format!("reason must be 1 to {LONGEST_REASON} bytes without control characters");
    Err(Error::rule("reason", rule))
}

/// Returns the contract with what the stored one knows: its decreases, its first instant and
/// the ends that it was given.
fn as_known(stored: &Stored, contract: Contract, actor: Actor) -> Result<Contract, Error> {
    let before = load(stored)?;
    let contract = contract.with_decrease(stored.decrease);
    let contract = contract.map_err(|error| Error::Conflict(error.to_string()))?;
    let mut known_ends = stored.known_ends.clone();
    known_ends.add(actor.at, contract.term_end());
    let begins = before.calendar().begins();
    Ok(contract.beginning_at(begins).with_known_ends(known_ends))
}

/// Stores a correction: what it makes of closed periods, and the contract.
fn store(
    tx: &Transaction<'_>,
    actor: &Actor,
    plan: &Plan,
    proposal: Proposal<'_>,
    reason: &str,
) -> Result<(), StoreError> {
    let conflict = |why: &str| Err(StoreError::Conflict(why.to_owned()));
    if !append(tx, &plan.chain, &plan.entries, &plan.periods)? {
        return conflict("the contract has changed since it was looked at; try again");
    }
    let number = proposal.contract.number();
    let arrange =
        |db: &Snapshot<'_>, current: Option<&Stored>| arrange(db, current, proposal.contract, None);
    match contracts::put(tx, actor, proposal, Expect::Any, arrange)? {
        Outcome::Put(Put::Created(_) | Put::Changed(_)) => {}
        Outcome::Put(Put::Unchanged(_)) => return conflict("the contract says this already"),
        Outcome::Put(Put::Refused(why)) => return conflict(&why),
        Outcome::Put(Put::Stale) | Outcome::BelongsTo(_) => {
            return conflict("the contract has changed since it was looked at; try again");
        }
    }
    let entry = audit::Entry {
        organization: plan.chain.organization,
        action: "contract.correct",
        object: number,
        detail: reason,
    };
    audit::record(tx, actor, &entry)
}
