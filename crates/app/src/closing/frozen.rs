//! A closed period as it was closed, and what was learnt of it since.

use exchequer_core::contract::Products;
use exchequer_core::{Bill, Contract, Period, Usage, rate};
use exchequer_store::{Cause, StoreError};

use super::contract_at::contract_at;
use super::listing::ListedEntry;
use super::record::{Record, RecordedCharge};
use crate::billing_view::BillingView;
use crate::error::Error;

/// A closed period.
pub(crate) struct Frozen {
    /// The contract as it was.
    pub(crate) contract: Contract,
    /// The period.
    pub(crate) period: Period,
    /// The products as they were called.
    pub(crate) products: Products,
    /// What was used.
    pub(crate) usage: Usage,
    /// The bill.
    pub(crate) bill: Bill,
    /// The name of the organisation.
    pub(crate) organization_name: String,
    /// The entries of it since, in order.
    pub(crate) later: Vec<ListedEntry>,
    /// The close.
    pub(crate) close: Record,
}

/// The error of a close that the rules of today do not come to.
#[derive(Debug, thiserror::Error)]
#[error("period {0} of contract {1} was closed with other charges than it is rated with now")]
struct OtherCharges(String, String);

/// Returns a period as it was closed; `None` if it is open.
///
/// # Errors
/// If the database fails, or an entry cannot be read.
pub(crate) fn frozen(
    view: &BillingView<'_>,
    number: &str,
    period: &Period,
) -> Result<Option<Frozen>, Error> {
    if !view.is_closed(number, period.number)? {
        return Ok(None);
    }
    let entries = view.entries(number, period.number..=period.number)?;
    let entries = entries.into_iter().map(ListedEntry::read);
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?.into_iter();
    let missing = || StoreError::corrupt("closed period", "it has no close");
    let close = entries.find(|it| it.record.kind == "close");
    let close = close.ok_or_else(missing)?.record;
    Ok(Some(as_closed(view, close, entries.collect())?))
}

/// Rates a close from what it says it was rated from.
fn as_closed(
    view: &BillingView<'_>,
    close: Record,
    later: Vec<ListedEntry>,
) -> Result<Frozen, Error> {
    let contract = contract_at(view, &close.contract, &close.basis)?;
    let period = close.period(&contract)?;
    let products = close.basis.products()?;
    let usage = close.usage()?;
    let opening = close.opening.read()?;
    let bill = rate(&opening, &contract, &period, &products, &usage)?.bill;
    let charges: Vec<_> = bill.charges.iter().map(RecordedCharge::of).collect();
    if charges != close.charges {
        let other = OtherCharges(close.period.first.clone(), close.contract.clone());
        return Err(StoreError::corrupt("billing entry", Cause::from_error(other)).into());
    }
    Ok(Frozen {
        organization_name: close.basis.organization_name.clone(),
        contract,
        period,
        products,
        usage,
        bill,
        later,
        close,
    })
}
