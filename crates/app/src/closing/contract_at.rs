//! A contract as a closed period was rated with it.

use exchequer_core::Contract;
use exchequer_core::contract::KnownEnds;
use exchequer_store::{Cause, StoreError};
use exchequer_types::dates;

use super::record::Basis;
use crate::billing_view::BillingView;
use crate::documents::contract::load;

/// Returns the contract that a basis names, as it was then.
pub(super) fn contract_at(
    view: &BillingView<'_>,
    number: &str,
    basis: &Basis,
) -> Result<Contract, StoreError> {
    let mut stored = view.contract_version(number, basis.contract_version)?;
    let damaged = |cause: Cause| StoreError::corrupt("billing entry", cause);
    let known_ends = basis.known_ends.parse::<KnownEnds>();
    stored.known_ends = known_ends.map_err(|error| damaged(Cause::from_error(error)))?;
    let contract = load(&stored)?;
    let begins = dates::parse(&basis.contract_begins);
    let begins = begins.map_err(|error| damaged(Cause::from_error(error)))?;
    let begins = exchequer_core::Instant::from_micros(begins);
    Ok(contract.beginning_at(begins))
}
