//! Correcting what closed periods were charged.

use exchequer_core::Contract;
use exchequer_core::contract::Decrease;
use exchequer_store::billing::{Chain, append, due};
use exchequer_store::catalog::contracts::{self, Outcome, Proposal, Stored};
use exchequer_store::catalog::{Actor, Expect, Put};
use exchequer_store::{Snapshot, StoreError, Transaction, UsageView, audit};
use exchequer_types::{CorrectContract, catalog};
use jiff::civil::Date;

use super::plan::{Correction, Plan, Renewed, Token, plan_correction};
use super::settle::Closed;
use crate::app::App;
use crate::billing_view::BillingView;
use crate::catalog::contracts::arrange;
use crate::documents::contract::{check_as_new, load, parse, to_store};
use crate::documents::reason;
use crate::error::{Error, Fault};

/// What a correction has come to.
#[derive(Clone, Debug)]
pub struct Corrected {
    /// The entries.
    pub closed: Closed,
    /// What a dry run was made from: with it, the same entries are stored, or none.
    pub token: String,
}

/// Other terms, as they are to be stored.
struct Terms {
    contract: Contract,
    body: String,
    decrease: Option<Decrease>,
}

/// Rates closed periods again by other terms, or by other rules than they were closed by, and
/// charges the differences. A dry run says what it would store, and stores nothing.
///
/// # Errors
/// [`Error::NotFound`] if there is no such contract; [`Error::Invalid`] without a reason, or if
/// there is nothing to correct; [`Error::Conflict`] if the contract changes meanwhile, or would
/// change its organisation, currency, time zone or start.
pub async fn correct(
    app: &App,
    actor: Actor,
    number: &str,
    asked: &CorrectContract,
) -> Result<Corrected, Error> {
    reason::check(&asked.reason)?;
    let again = renewed(&asked.again)?;
    if asked.contract.is_none() && again == Renewed::default() {
        let rule = "contract or again must say what is corrected";
        return Err(Error::rule("contract", rule));
    }
    if asked.from.is_some() && again == Renewed::default() {
        let rule = "from is the first day for which again counts: without it there is none";
        return Err(Error::rule("from", rule));
    }
    let proposed = asked.contract.as_ref();
    let proposed = proposed.map(|it| read(number, it)).transpose()?;
    let name = number.to_owned();
    let find = move |db: &Snapshot<'_>| contracts::find(db, &name);
    let stored = app.database().read(find).await?.ok_or(Error::NotFound)?;
    let changed = proposed.as_ref();
    let changed = changed.and_then(|it| contracts::changes_its_base(&stored, &it.contract));
    if let Some(why) = changed {
        return Err(Error::Conflict(why.to_owned()));
    }
    let terms = proposed.as_ref().map(|it| as_known(&stored, it, actor));
    let correction = Correction {
        contract: terms.transpose()?,
        again,
        from: asked.from.as_deref().map(day).transpose()?,
        reason: asked.reason.clone(),
        token: asked.token.as_deref().map(token).transpose()?,
    };
    let (number, now) = (stored.number.clone(), actor.at);
    let organization = stored.organization;
    let look = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        Ok(plan_correction(&view, &number, now, correction))
    };
    let plan = app.store().read_usage(organization, look).await??;
    let (plan, token) = plan.ok_or(Error::NotFound)?;
    let mut closed = Closed::nothing(&stored.number);
    closed.add(&plan);
    if !asked.dry_run {
        closed.first_entry = Some(plan.chain.last + 1);
    }
    let (reason, dry_run) = (asked.reason.clone(), asked.dry_run);
    let write = move |tx: &Transaction<'_>| {
        store(tx, &actor, &plan, proposed, &reason)?;
        // What a dry run shows can be stored: it has been, and is undone.
        match dry_run {
            true => Err(StoreError::Undone),
            false => Ok(()),
        }
    };
    match app.database().write_in(organization, write).await {
        Ok(()) => {}
        Err(StoreError::Undone) if dry_run => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Corrected {
        closed,
        token: token.to_string(),
    })
}

/// Reads what is taken as it is in force.
fn renewed(again: &[String]) -> Result<Renewed, Error> {
    let mut renewed = Renewed::default();
    for word in again {
        let named = match word.as_str() {
            "aliases" => &mut renewed.aliases,
            "late" => &mut renewed.late,
            "meters" => &mut renewed.meters,
            "products" => &mut renewed.products,
            _ => {
                let (value, allowed) = (word.clone(), "aliases, late, meters, products");
                return Err(Error::Invalid {
                    field: "again",
                    why: Fault::Value { value, allowed },
                });
            }
        };
        *named = true;
    }
    Ok(renewed)
}

fn day(text: &str) -> Result<Date, Error> {
    let unreadable = |_| Error::Invalid {
        field: "from",
        why: Fault::Value {
            value: text.to_owned(),
            allowed: "days such as 2026-10-01",
        },
    };
    text.parse().map_err(unreadable)
}

fn token(text: &str) -> Result<Token, Error> {
    let token = text.parse();
    token.map_err(|()| Error::rule("token", "token must be one that a dry run has answered"))
}

fn read(number: &str, document: &catalog::Contract) -> Result<Terms, Error> {
    let contract = parse(number, document)?;
    check_as_new(&contract)?;
    let decrease = document.decrease.as_ref();
    Ok(Terms {
        decrease: decrease.map(|_| contract.settings().decrease),
        body: serde_json::to_string(&to_store(document))?,
        contract,
    })
}

/// Returns the contract with what the stored one knows and the document does not say: its
/// decreases, its first instant and the ends that it was given.
fn as_known(stored: &Stored, terms: &Terms, actor: Actor) -> Result<Contract, Error> {
    let before = load(stored)?;
    let contract = terms.contract.clone();
    let contract = contract.with_decrease(terms.decrease.unwrap_or(stored.decrease));
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
    terms: Option<Terms>,
    reason: &str,
) -> Result<(), StoreError> {
    let Chain {
        organization,
        contract,
        ..
    } = &plan.chain;
    if !append(tx, &plan.chain, &plan.entries, &plan.periods)? {
        let why = "the contract has changed since it was looked at; try again";
        return Err(StoreError::Conflict(why.to_owned()));
    }
    match terms {
        Some(terms) => put(tx, actor, &terms)?,
        // What follows from it is looked at again.
        None => due::settle(tx, *organization, contract, plan.again, None)?,
    }
    let entry = audit::Entry {
        organization: *organization,
        action: "contract.correct",
        object: contract,
        detail: reason,
    };
    audit::record(tx, actor, &entry)
}

fn put(tx: &Transaction<'_>, actor: &Actor, terms: &Terms) -> Result<(), StoreError> {
    let proposal = Proposal {
        contract: &terms.contract,
        body: &terms.body,
        decrease: terms.decrease,
        from: None,
        corrects: true,
    };
    let arrange =
        |db: &Snapshot<'_>, current: Option<&Stored>| arrange(db, current, &terms.contract, None);
    let conflict = |why: &str| Err(StoreError::Conflict(why.to_owned()));
    match contracts::put(tx, actor, proposal, Expect::Any, arrange)? {
        Outcome::Put(Put::Created(_) | Put::Changed(_)) => Ok(()),
        Outcome::Put(Put::Unchanged(_)) => conflict("the contract says this already"),
        Outcome::Put(Put::Refused(why)) => conflict(&why),
        Outcome::Put(Put::Stale) | Outcome::BelongsTo(_) => {
            conflict("the contract has changed since it was looked at; try again")
        }
    }
}
