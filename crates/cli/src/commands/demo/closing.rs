//! Closed periods of the sample data, what came late, and a price that was a typo.

use anyhow::{Context, ensure};
use exchequer_client::Client;
use exchequer_client::catalog::Entry as _;
use exchequer_types::{BillingEntry, CatalogContract, ClosePeriods, CorrectContract};

use super::calendar::FJORD;
use crate::commands::entries;

/// The contract of [`FJORD`].
pub(super) const CONTRACT: &str = "C-1006";

/// The product whose price was a typo, and the price that was meant.
const PRODUCT: &str = "MESSAGE";
const PRICE: &str = "0.21";
const REASON: &str = "typo: 0.21 was agreed, not 2.10";

/// Closes all that is over, or adjusts and closes one contract. Returns the number of periods
/// that this has closed.
pub(super) async fn close(operator: &Client, contract: Option<&str>) -> anyhow::Result<u64> {
    let request = ClosePeriods {
        contract: contract.map(str::to_owned),
        ..ClosePeriods::default()
    };
    let outcome = operator.close_periods(&request).await?.into_inner();
    let failure = outcome.failures.first();
    ensure!(failure.is_none(), "a contract was not closed: {failure:?}");
    let totals = outcome.totals.iter();
    let closed = totals.filter(|total| total.kind == "close");
    Ok(closed.map(|total| total.entries).sum())
}

/// Corrects the price that was a typo.
pub(super) async fn correct(operator: &Client) -> anyhow::Result<()> {
    let contracts = operator.catalog::<CatalogContract>();
    let mut contract = contracts.get(CONTRACT).await?.to_put().contract;
    let amendments = contract.amendments.iter_mut();
    let mut lines = amendments.flat_map(|amendment| &mut amendment.lines);
    let line = lines.find(|line| line.product == PRODUCT);
    let line = line.with_context(|| format!("no amendment of {CONTRACT} prices {PRODUCT}"))?;
    line.overage_price = Some(PRICE.to_owned());
    let request = CorrectContract {
        contract: Some(contract),
        reason: REASON.to_owned(),
        ..CorrectContract::default()
    };
    operator.correct_contract(CONTRACT, &request).await?;
    Ok(())
}

/// Returns what the contract was charged, entry by entry.
pub(super) async fn charged(operator: &Client) -> anyhow::Result<Vec<BillingEntry>> {
    let fjord = operator.for_organization(FJORD.organization);
    Ok(fjord.contract_entries(CONTRACT).all().await?)
}

/// Returns the same as `exchequer entries` prints it.
pub(super) async fn table(operator: &Client) -> anyhow::Result<String> {
    entries::text::table(&charged(operator).await?)
}
