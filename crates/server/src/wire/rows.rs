//! The rows of an overview: one a line of the contract, one an allowance, one a wallet, and
//! what was used beside the contract.

use std::collections::BTreeSet;

use exchequer_app::billing::PeriodUsage;
use exchequer_core::contract::Overage;
use exchequer_core::rating::{Allowance, RatedLine, RatedWallet};
use exchequer_core::{Bill, Contract, Product, Quantity};
use exchequer_types::SubscriptionOverviewUsage;

use super::notes;

/// Returns the rows of a contract's lines, each followed by its allowance.
pub(super) fn of_lines(bill: &Bill) -> Vec<SubscriptionOverviewUsage> {
    let rows = bill.lines.iter().flat_map(|rated| {
        let allowance = rated.allowance.as_ref();
        let allowance = allowance.map(|allowance| fair_use(rated, allowance));
        std::iter::once(row(bill, rated)).chain(allowance)
    });
    rows.collect()
}

fn row(bill: &Bill, rated: &RatedLine) -> SubscriptionOverviewUsage {
    SubscriptionOverviewUsage {
        usage_quantity: rated.usage.to_decimal(),
        overage_price: match &rated.line.overage {
            // It is the other line that prices what is beyond.
            Overage::Flat(_) if notes::converts_into_a_line(rated) => None,
            Overage::Flat(price) => Some(price.to_string()),
            Overage::Tiers(..) => None,
        },
        prepay_quantity: rated.prepaid.to_decimal(),
        prepay_price: rated.line.prepay_price.map(|price| price.to_string()),
        usage_notes: notes::row_notes(bill, rated),
        ..named(&rated.product)
    }
}

/// Partners find an allowance in the quantity of a row of its own, which has
/// the name of the row that it belongs to.
fn fair_use(rated: &RatedLine, allowance: &Allowance) -> SubscriptionOverviewUsage {
    SubscriptionOverviewUsage {
        grouping: "fair-use".to_owned(),
        usage_quantity: allowance.total().to_decimal(),
        usage_notes: notes::allowance_notes(allowance),
        is_cancellable: None,
        bundle_quantity: None,
        ..named(&rated.product)
    }
}

/// Returns the rows of a contract's wallets.
pub(super) fn of_wallets(bill: &Bill) -> impl Iterator<Item = SubscriptionOverviewUsage> {
    bill.wallets.iter().map(|rated| wallet(bill, rated))
}

/// A wallet is shown as what it held, and what was drawn from it. It has no price: what is
/// paid once would be multiplied with what is held in every period. Its product may have a line
/// as well, so the grouping tells the two rows apart.
fn wallet(bill: &Bill, rated: &RatedWallet) -> SubscriptionOverviewUsage {
    let held = rated.opening.clone() + rated.increase.clone() - rated.decrease.clone();
    SubscriptionOverviewUsage {
        grouping: "wallet".to_owned(),
        usage_quantity: rated.consumption.to_decimal(),
        prepay_quantity: held.to_decimal(),
        usage_notes: notes::wallet_notes(bill, rated),
        ..named(&rated.product)
    }
}

/// Returns a row of a product, without usage or prices.
fn named(product: &Product) -> SubscriptionOverviewUsage {
    SubscriptionOverviewUsage {
        name: product.name.clone(),
        part_number: product.sku.clone(),
        grouping: product.grouping.clone(),
        unit_of_measure_type: product.unit.clone(),
        usage_quantity: "0".to_owned(),
        overage_price: None,
        prepay_quantity: "0".to_owned(),
        prepay_price: None,
        usage_notes: None,
        is_cancellable: Some(product.cancellable),
        bundle_quantity: Some(product.bundle.to_string()),
        is_third_party: Some(product.third_party),
    }
}

/// Adds what was used after the end of the contract, which no contract bills.
pub(super) fn push_after_end(
    rows: &mut Vec<SubscriptionOverviewUsage>,
    contract: &Contract,
    usage: &PeriodUsage,
) {
    let Some(last) = contract.calendar().end() else {
        return;
    };
    for product in usage.products.values() {
        let meter = product.meter.as_ref();
        let used = meter.and_then(|meter| usage.after.get(meter)).copied();
        if let Some(used) = used.filter(|used| *used > Quantity::ZERO) {
            let notes = format!("After the end of the contract ({last}): not billed.");
            rows.push(SubscriptionOverviewUsage {
                grouping: "unbilled".to_owned(),
                usage_quantity: used.to_string(),
                usage_notes: Some(notes),
                ..named(product)
            });
        }
    }
}

/// Adds what was used of products that the contract does not price: nobody
/// pays for it, and it should not go unseen.
pub(super) fn push_unpriced(
    rows: &mut Vec<SubscriptionOverviewUsage>,
    bill: &Bill,
    usage: &PeriodUsage,
) {
    let priced = bill.lines.iter();
    let priced: BTreeSet<&str> = priced
        .filter_map(|rated| rated.product.meter.as_deref())
        .collect();
    for product in usage.products.values() {
        let Some(meter) = product.meter.as_deref() else {
            continue;
        };
        let used = usage.usage.totals.get(meter).copied();
        let used = used.filter(|used| *used > Quantity::ZERO);
        if let Some(used) = used
            && !priced.contains(meter)
        {
            rows.push(SubscriptionOverviewUsage {
                usage_quantity: used.to_string(),
                usage_notes: Some("Not in the contract: not billed.".to_owned()),
                ..named(product)
            });
        }
    }
}
