//! Looking at contracts, and storing what that gives.

use std::collections::BTreeMap;

use exchequer_core::{Instant, OrganizationId};
use exchequer_store::billing::{append, due};
use exchequer_store::catalog::contracts;
use exchequer_store::catalog::{Actor, Window};
use exchequer_store::{Snapshot, StoreError, Transaction, UsageView, audit};
use jiff::civil::Date;

use super::plan::{Ask, Plan, plan};
use super::record::{Record, hexadecimal};
use crate::app::App;
use crate::billing_view::BillingView;
use crate::documents::contract::load_all;
use crate::error::Error;

/// How often a contract is looked at again that changes meanwhile.
const ATTEMPTS: u32 = 5;

/// The contracts of a page, when all are closed: no commit of events waits longer for the
/// writer than it takes to store these.
const PAGE: u32 = 64;

/// What closing a contract has come to.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The number of the contract.
    pub contract: String,
    /// The entries that were added, in order; in a dry run, that would be.
    pub records: Vec<Record>,
    /// Their digests, in hexadecimal digits.
    pub digests: Vec<String>,
    /// The number of the first of them. None in a dry run.
    pub first_entry: Option<u64>,
    /// The reason for which it cannot be closed.
    pub error: Option<String>,
}

impl Closed {
    pub(super) fn nothing(contract: &str) -> Self {
        Self {
            contract: contract.to_owned(),
            records: Vec::new(),
            digests: Vec::new(),
            first_entry: None,
            error: None,
        }
    }

    pub(super) fn add(&mut self, plan: &Plan) {
        self.records.extend(plan.records.iter().cloned());
        let digests = plan.entries.iter().map(|entry| hexadecimal(entry.digest));
        self.digests.extend(digests);
    }

    /// Adds what has come of going on.
    fn go_on(&mut self, rest: Self) {
        self.records.extend(rest.records);
        self.digests.extend(rest.digests);
        self.first_entry = self.first_entry.or(rest.first_entry);
        self.error = rest.error;
    }
}

/// Looks at a contract. None if it is not there any more.
pub(super) async fn plan_of(
    app: &App,
    organization: OrganizationId,
    contract: &str,
    ask: Ask,
) -> Result<Option<Plan>, Error> {
    let (contract, now) = (contract.to_owned(), app.now());
    let read = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        Ok(plan(&view, &contract, now, ask))
    };
    app.store().read_usage(organization, read).await?
}

/// Stores plans of contracts of one partition, in one transaction. Returns those that
/// were not stored, because their contracts have changed since they were looked at.
pub(super) async fn store(
    app: &App,
    organization: OrganizationId,
    plans: Vec<Plan>,
    by: Option<Actor>,
) -> Result<Vec<Plan>, Error> {
    let write = move |tx: &Transaction<'_>| {
        let mut stale = Vec::new();
        for plan in plans {
            match append(tx, &plan.chain, &plan.entries, &plan.periods)? {
                true => settled(tx, &plan, by.as_ref())?,
                false => stale.push(plan),
            }
        }
        Ok(stale)
    };
    Ok(app.database().write_in(organization, write).await?)
}

fn settled(tx: &Transaction<'_>, plan: &Plan, by: Option<&Actor>) -> Result<(), StoreError> {
    let chain = &plan.chain;
    due::settle(tx, chain.organization, &chain.contract, plan.again, None)?;
    let (Some(actor), false) = (by, plan.records.is_empty()) else {
        return Ok(());
    };
    let entries = chain.last + 1..=chain.last + plan.records.len() as u64;
    let entry = audit::Entry {
        organization: chain.organization,
        action: "contract.close",
        object: &chain.contract,
        detail: &format!("entries {} to {}", entries.start(), entries.end()),
    };
    audit::record(tx, actor, &entry)
}

/// Closes what is over of a contract, and adjusts what is due, for an operator. A dry run
/// says what it would store, and stores nothing.
///
/// # Errors
/// [`Error::NotFound`] if there is no such contract; [`Error::Invalid`] if the period that is
/// named has not ended; [`Error::Conflict`] if it is not said from when on periods are billed
/// here, or the contract changes all the time.
pub async fn close(app: &App, actor: Actor, contract: &str, ask: Ask) -> Result<Closed, Error> {
    let organization = organization_of(app, contract).await?;
    if let Some(day) = ask.through {
        must_have_ended(app, organization, contract, day).await?;
    }
    close_in(app, organization, actor, contract, ask).await
}

async fn organization_of(app: &App, contract: &str) -> Result<OrganizationId, Error> {
    let number = contract.to_owned();
    let find = move |db: &Snapshot<'_>| contracts::organization_of(db, &number);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Refuses to close a period that has not ended: whoever names it takes it for over.
async fn must_have_ended(
    app: &App,
    organization: OrganizationId,
    contract: &str,
    day: Date,
) -> Result<(), Error> {
    let number = contract.to_owned();
    let period_of = move |usage: &UsageView<'_>| {
        let view = BillingView::new(usage, organization);
        let mut all = load_all(&view.contracts()?)?.into_iter();
        let found = all.find(|it| it.number() == number);
        Ok(found.map(|contract| contract.calendar().period_of(day)))
    };
    let period = app.store().read_usage(organization, period_of).await?;
    let period = period.ok_or(Error::NotFound)?;
    let open = period.filter(|period| app.now() < period.range.end());
    match open {
        Some(period) => {
            let (first, last) = (period.first, period.last());
            let rule =
                format!("through names the period of {first} to {last}, which has not ended");
            Err(Error::rule("through", rule))
        }
        None => Ok(()),
    }
}

async fn close_in(
    app: &App,
    organization: OrganizationId,
    actor: Actor,
    contract: &str,
    ask: Ask,
) -> Result<Closed, Error> {
    let mut closed = Closed::nothing(contract);
    let mut attempts = 0;
    while attempts < ATTEMPTS {
        let plan = plan_of(app, organization, contract, ask).await?;
        let plan = plan.ok_or(Error::NotFound)?;
        if ask.dry_run {
            closed.add(&plan);
            return Ok(closed);
        }
        if plan.is_unset {
            let why = "it is not said from when on periods are billed here: set billingFrom";
            return Err(Error::Conflict(why.to_owned()));
        }
        let seen = plan.clone();
        if !store(app, organization, vec![plan], Some(actor))
            .await?
            .is_empty()
        {
            attempts += 1;
            continue;
        }
        closed.first_entry.get_or_insert(seen.chain.last + 1);
        closed.add(&seen);
        if !seen.more {
            return Ok(closed);
        }
    }
    Err(Error::Conflict(
        "the contract is being changed; try again".to_owned(),
    ))
}

/// Closes what is over of all contracts, for an operator. One that cannot be closed says
/// why, and holds back no other.
///
/// # Errors
/// If the database fails.
pub async fn close_all(
    app: &App,
    actor: Actor,
    ask: Ask,
    mut visit: impl FnMut(Closed),
) -> Result<(), Error> {
    let mut offset = 0;
    loop {
        let limit = PAGE;
        let window = Window { offset, limit };
        let list = move |db: &Snapshot<'_>| contracts::list(db, None, window);
        let found = app.database().read(list).await?.rows;
        if found.is_empty() {
            return Ok(());
        }
        let found = found.into_iter().map(|it| (it.organization, it.number));
        for closed in close_page(app, actor, found, ask).await? {
            visit(closed);
        }
        offset += u64::from(PAGE);
    }
}

/// Closes what is over of some contracts, those of a partition in one transaction: to sync
/// each of them alone takes longer than to rate it.
async fn close_page(
    app: &App,
    actor: Actor,
    contracts: impl Iterator<Item = (OrganizationId, String)>,
    ask: Ask,
) -> Result<Vec<Closed>, Error> {
    let (mut all, mut alone) = (Vec::new(), Vec::new());
    let mut plans: BTreeMap<_, Vec<Plan>> = BTreeMap::new();
    for (organization, contract) in contracts {
        let mut closed = Closed::nothing(&contract);
        match plan_of(app, organization, &contract, ask).await {
            Ok(Some(plan)) if ask.dry_run => {
                closed.add(&plan);
                all.push(closed);
            }
            Ok(Some(plan)) if !plan.is_unset => {
                let partition = app.store().partitions().partition_of(organization);
                plans.entry(partition).or_default().push(plan);
            }
            // Alone it says what is wrong.
            Ok(_) | Err(_) => alone.push((organization, closed)),
        }
    }
    for plans in plans.into_values() {
        let organization = plans[0].chain.organization;
        let stale = store(app, organization, plans.clone(), Some(actor)).await?;
        for plan in plans {
            let mut closed = Closed::nothing(&plan.chain.contract);
            let same = |it: &Plan| it.chain.contract == plan.chain.contract;
            let is_stored = !stale.iter().any(same);
            if is_stored {
                closed.first_entry = Some(plan.chain.last + 1);
                closed.add(&plan);
            }
            match is_stored && !plan.more {
                true => all.push(closed),
                false => alone.push((plan.chain.organization, closed)),
            }
        }
    }
    for (organization, mut closed) in alone {
        match close_in(app, organization, actor, &closed.contract, ask).await {
            Ok(rest) => closed.go_on(rest),
            Err(passing) if passing.is_passing() => return Err(passing),
            Err(error) => closed.error = Some(error.chain()),
        }
        all.push(closed);
    }
    Ok(all)
}

/// Says that a contract could not be closed, and when that is tried again.
pub(super) async fn fail(
    app: &App,
    organization: OrganizationId,
    contract: String,
    again: Instant,
    why: String,
) -> Result<(), Error> {
    let write = move |tx: &Transaction<'_>| {
        due::settle(tx, organization, &contract, Some(again), Some(&why))
    };
    Ok(app.database().write_in(organization, write).await?)
}
