//! Changes that were refused, and that a correction can make.

use exchequer_client::{Client, Error};
use exchequer_types::{
    CatalogContract, CatalogProduct, ClosedPeriods, CorrectContract, PutContract, PutProduct,
};

use crate::money;
use crate::output::message;

/// The reason of a dry run that only asks what a correction would come to.
const DRY_RUN: &str = "dry run";

/// Puts a contract of which a change was refused, as a correction of closed periods. Without a
/// reason the refusal stands, and says what a correction would come to.
pub(super) async fn contract(
    client: &Client,
    id: &str,
    put: &PutContract,
    reason: Option<&str>,
    refusal: Error,
) -> anyhow::Result<CatalogContract> {
    let mut request = CorrectContract {
        contract: Some(put.contract.clone()),
        reason: reason.unwrap_or(DRY_RUN).to_owned(),
        dry_run: true,
        ..CorrectContract::default()
    };
    // What no correction can change either was refused for good.
    let Ok(dry_run) = client.correct_contract(id, &request).await else {
        return Err(refusal.into());
    };
    let comes_to = sums(&dry_run);
    if reason.is_none() {
        let hint =
            format!("`apply --correct REASON` changes closed periods too, and charges {comes_to}");
        return Err(anyhow::Error::from(refusal).context(hint));
    }
    (request.dry_run, request.token) = (false, dry_run.into_inner().token);
    client.correct_contract(id, &request).await?;
    message(&format!(
        "contract {id}: corrected, which charges {comes_to}"
    ));
    let now = client.catalog::<CatalogContract>().get(id).await?;
    Ok(now.into_inner())
}

/// Puts a product of which a change was refused, for all that is not closed.
pub(super) async fn product(
    client: &Client,
    id: &str,
    put: &PutProduct,
    reason: Option<&str>,
    refusal: Error,
) -> anyhow::Result<CatalogProduct> {
    let Some(reason) = reason else {
        return Err(refusal.into());
    };
    let put = PutProduct {
        reason: Some(reason.to_owned()),
        ..put.clone()
    };
    let now = client.catalog::<CatalogProduct>().put(id, &put).await?;
    message(&format!(
        "product {id}: closed periods keep it as it was, until `exchequer correct --again \
         products` rates them again"
    ));
    Ok(now.into_inner())
}

/// Returns what corrections come to, in each currency.
fn sums(outcome: &ClosedPeriods) -> String {
    let corrections = outcome.totals.iter().filter(|it| it.kind == "correction");
    let sums = corrections.map(|it| {
        let amount = money::amount(&it.total, &it.currency);
        format!("{amount} {}", it.currency)
    });
    match sums.collect::<Vec<_>>() {
        none if none.is_empty() => "nothing".to_owned(),
        sums => sums.join(", "),
    }
}
