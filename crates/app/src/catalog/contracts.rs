//! Contracts of the catalog.

use exchequer_core::contract::{Decrease, check_succession, in_succession};
use exchequer_core::{Contract, OrganizationId};
use exchequer_store::catalog::contracts::{self, Arrangement, Outcome, Proposal, Stored};
use exchequer_store::catalog::{Actor, Deletion, Expect, Page, Put, Window};
use exchequer_store::{Snapshot, StoreError, Transaction};
use exchequer_types::catalog;

use crate::app::App;
use crate::documents::contract::{self as documents, load, to_store};
use crate::error::Error;

/// Lists contracts, by number: those of an organisation, or all.
///
/// # Errors
/// If the database fails.
pub async fn list(
    app: &App,
    organization: Option<OrganizationId>,
    window: Window,
) -> Result<Page<Stored>, Error> {
    let list = move |db: &Snapshot<'_>| contracts::list(db, organization, window);
    Ok(app.database().read(list).await?)
}

/// Finds a contract.
///
/// # Errors
/// [`Error::NotFound`] if there is none.
pub async fn find(app: &App, number: String) -> Result<Stored, Error> {
    let find = move |db: &Snapshot<'_>| contracts::find(db, &number);
    app.database().read(find).await?.ok_or(Error::NotFound)
}

/// Returns true if this is what a contract says already.
///
/// # Errors
/// If the database fails.
pub async fn is_stored(
    app: &App,
    number: &str,
    document: &catalog::Contract,
) -> Result<bool, Error> {
    let number = number.to_owned();
    let find = move |db: &Snapshot<'_>| contracts::find(db, &number);
    let found = app.database().read(find).await?;
    let stored = found.as_ref().map(documents::document).transpose()?;
    Ok(stored.as_ref() == Some(document))
}

/// Creates a contract or gives it a new version; `document` is what it was made from.
/// One that belongs to another organisation moves from there, if `expect` names its version.
///
/// # Errors
/// If the database fails.
pub async fn put(
    app: &App,
    actor: Actor,
    contract: Contract,
    document: &catalog::Contract,
    expect: Expect,
) -> Result<Put<Stored>, Error> {
    let change = ContractPut {
        actor,
        decrease: document
            .decrease
            .as_ref()
            .map(|_| contract.settings().decrease),
        body: serde_json::to_string(&to_store(document))?,
        contract,
        expect,
    };
    let organization = change.contract.organization();
    let again = change.clone();
    let write = move |tx: &Transaction<'_>| change.run(tx, None);
    let outcome = app.database().write_in(organization, write).await?;
    let from = match outcome {
        Outcome::Put(put) => return Ok(put),
        Outcome::BelongsTo(other) => other,
    };
    let write = move |tx: &Transaction<'_>| again.run(tx, Some(from));
    let both = [organization, from];
    match app.database().write_in_both(both, write).await? {
        Outcome::Put(put) => Ok(put),
        // It has moved between the two transactions.
        Outcome::BelongsTo(_) => Ok(Put::Stale),
    }
}

/// A contract that is put.
#[derive(Clone)]
struct ContractPut {
    actor: Actor,
    contract: Contract,
    body: String,
    /// The setting of the document, if it has one.
    decrease: Option<Decrease>,
    expect: Expect,
}

impl ContractPut {
    fn run(
        &self,
        tx: &Transaction<'_>,
        from: Option<OrganizationId>,
    ) -> Result<Outcome, StoreError> {
        let proposal = Proposal {
            contract: &self.contract,
            body: &self.body,
            decrease: self.decrease,
            from,
            corrects: false,
        };
        let arrange = |db: &Snapshot<'_>, current: Option<&Stored>| {
            arrange(db, current, &self.contract, from)
        };
        contracts::put(tx, &self.actor, proposal, self.expect, arrange)
    }
}

/// Returns how the contracts of an organisation, and of the one that a contract is taken
/// from, stand once the contract is put.
pub(crate) fn arrange(
    db: &Snapshot<'_>,
    current: Option<&Stored>,
    contract: &Contract,
    from: Option<OrganizationId>,
) -> Result<Arrangement, StoreError> {
    let number = contract.number();
    let mut own = others(db, contract.organization(), number)?;
    let left = from.map(|from| others(db, from, number)).transpose()?;
    let before = current.map(load).transpose()?.and_then(|before| {
        // It stood beside the contracts of the organisation that had it.
        let mut then = left.clone().unwrap_or_else(|| own.clone());
        then.push(before);
        let mut then = in_succession(then).into_iter();
        then.find(|it| it.number() == number)
    });
    own.push(contract.clone());
    let mut contracts = in_succession(own);
    let clash = check_succession(&contracts, number).err();
    contracts.extend(in_succession(left.unwrap_or_default()));
    Ok(Arrangement {
        contracts,
        clash: clash.map(|clash| clash.to_string()),
        before,
    })
}

/// Returns the contracts of an organisation but for the one of this number.
fn others(
    db: &Snapshot<'_>,
    organization: OrganizationId,
    number: &str,
) -> Result<Vec<Contract>, StoreError> {
    let stored = contracts::of_organization(db, organization)?.into_iter();
    let others = stored.filter(|stored| stored.number != number);
    others.map(|stored| load(&stored)).collect()
}

/// Withdraws a contract of which no period is closed.
///
/// # Errors
/// If the database fails.
pub async fn delete(
    app: &App,
    actor: Actor,
    number: String,
    expect: Expect,
) -> Result<Deletion, Error> {
    let asked = number.clone();
    let find = move |db: &Snapshot<'_>| contracts::organization_of(db, &asked);
    let Some(organization) = app.database().read_one(find).await? else {
        return Ok(Deletion::Absent);
    };
    let write = move |tx: &Transaction<'_>| {
        let arrange = |db: &Snapshot<'_>| {
            Ok(Arrangement {
                contracts: in_succession(others(db, organization, &number)?),
                ..Arrangement::default()
            })
        };
        contracts::delete(tx, &actor, organization, &number, expect, arrange)
    };
    Ok(app.database().write_in(organization, write).await?)
}
