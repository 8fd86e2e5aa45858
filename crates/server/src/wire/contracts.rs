//! Contracts on the wire, with their periods and plans.

use exchequer_app::contract_operations::{ContractPeriod, ListedContract};
use exchequer_core::contract::{Line, Overage, Terms, Wallet, WalletTerm};
use exchequer_core::{Exact, Price, Product};
use exchequer_store::catalog::organizations::Organization;
use exchequer_types::catalog::Party;
use exchequer_types::{
    BillingContract, BillingContractPeriod, BillingPlan, BillingPlanItem, BillingProduct, Customer,
    Decimal, NamedEntity,
};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::decimals::decimal;
use super::notes;

/// Returns a contract of an organisation.
pub(crate) fn to_wire(organization: &Organization, listed: &ListedContract) -> BillingContract {
    let contract = &listed.contract;
    let number = || Some(contract.number().to_owned());
    let terms = contract.terms_at(listed.today);
    let day = |day: Date| day.to_string();
    BillingContract {
        id: number(),
        external_number: number(),
        status: Some(if listed.active { "Active" } else { "Inactive" }.to_owned()),
        commercial_model: Some(terms.subscription.to_string()),
        purchase_order_numbers: Vec::new(),
        bill_to_customer: listed.bill_to.as_ref().map(customer),
        sold_to_customer: None,
        end_customer: Some(Customer {
            id: Some(organization.id.to_string()),
            number: None,
            name: Some(organization.name.clone()),
        }),
        date_start: Some(day(contract.calendar().start())),
        date_end: contract.term_end().map(day),
        date_ramp_start: terms.ramp.map(|ramp| day(ramp.start)),
        date_ramp_end: terms.ramp.map(|ramp| day(ramp.end)),
        billing_periods: listed.periods.iter().map(period).collect(),
        plans: plans(organization, listed),
    }
}

fn customer(party: &Party) -> Customer {
    Customer {
        id: None,
        number: party.number.clone(),
        name: Some(party.name.clone()),
    }
}

/// Returns a period without its charges.
pub(super) fn period(listed: &ContractPeriod) -> BillingContractPeriod {
    let first = listed.period.first.to_string();
    BillingContractPeriod {
        id: Some(first.clone()),
        date_start: Some(first),
        date_end: Some(listed.period.last().to_string()),
        status: Some(if listed.closed { "Closed" } else { "Open" }.to_owned()),
        billed_elsewhere: listed.billed_elsewhere.then_some(true),
    }
}

/// Returns the organisation of a contract, by the name that it had.
pub(super) fn named(organization: &Organization, name: &str) -> Vec<NamedEntity> {
    vec![NamedEntity {
        id: organization.id.to_string(),
        name: Some(name.to_owned()),
    }]
}

/// Returns a product.
pub(super) fn product(product: &Product) -> BillingProduct {
    BillingProduct {
        id: Some(product.sku.clone()),
        sku: Some(product.sku.clone()),
        name: Some(product.name.clone()),
        unit_of_measure: Some(product.unit_of_measure.clone()),
    }
}

/// Returns a plan for each line and wallet that the contract ever has.
fn plans(organization: &Organization, listed: &ListedContract) -> Vec<BillingPlan> {
    let versions = listed.contract.versions().iter();
    let all = versions.flat_map(|version| {
        let terms = &version.terms;
        let lines = terms.lines.iter().map(|line| (&line.product, false));
        lines.chain(terms.wallets.iter().map(|wallet| (&wallet.product, true)))
    });
    let mut seen: Vec<(&String, bool)> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    // Wallets come last, as in bills.
    seen.sort_by_key(|(_, wallet)| *wallet);
    let plan = |(sku, wallet): (&String, bool)| {
        let found = listed.products.get(sku);
        let found = found.expect("a product that a contract prices is not deleted");
        let sold: fn(&Product, &Terms) -> Option<Sold> = match wallet {
            true => of_wallet,
            false => of_line,
        };
        // A product may be the line of a contract and its wallet.
        let id = if wallet {
            format!("wallet:{sku}")
        } else {
            sku.clone()
        };
        BillingPlan {
            id: Some(id),
            name: Some(found.name.clone()),
            organizations: named(organization, &organization.name),
            product: Some(product(found)),
            items: items(listed, found, sold),
        }
    };
    seen.into_iter().map(plan).collect()
}

/// The terms of a product on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sold {
    how: &'static str,
    description: Option<String>,
    quantity: Exact,
    price: Option<Price>,
    overage: Option<Price>,
}

fn of_line(product: &Product, terms: &Terms) -> Option<Sold> {
    let line = terms.line(&product.sku)?;
    let price = |price: Price| match terms.subscription.is_developer() {
        true => Price::ZERO,
        false => price,
    };
    Some(Sold {
        how: match terms.subscription {
            _ if Exact::from(line.prepay_quantity).is_zero() => "usage",
            annual if annual.is_annual() => "prepayment",
            _ => "commitment",
        },
        description: notes::terms_notes(product, line),
        quantity: line.prepay_quantity.into(),
        price: line.prepay_price.map(price),
        overage: flat(line).map(price),
    })
}

fn flat(line: &Line) -> Option<Price> {
    match &line.overage {
        Overage::Flat(price) => Some(*price),
        Overage::Tiers(..) => None,
    }
}

fn of_wallet(product: &Product, terms: &Terms) -> Option<Sold> {
    let Wallet {
        term,
        quantity,
        price,
        ..
    } = terms.wallet(&product.sku)?;
    Some(Sold {
        how: "wallet",
        description: Some(match term {
            WalletTerm::Year => "Bought for each contract year.".to_owned(),
            WalletTerm::Period => "Bought for each billing period.".to_owned(),
        }),
        quantity: (*quantity).into(),
        price: Some(match terms.subscription.is_developer() {
            true => Price::ZERO,
            false => *price,
        }),
        overage: None,
    })
}

/// Returns the terms of a product through time, one item from each day on which they change.
/// A product may come later, and a wallet ends with the term of its contract.
fn items(
    listed: &ListedContract,
    product: &Product,
    sold: fn(&Product, &Terms) -> Option<Sold>,
) -> Vec<BillingPlanItem> {
    let mut changes: Vec<(Date, Option<Sold>)> = Vec::new();
    for version in listed.contract.versions() {
        let sold = sold(product, &version.terms);
        if changes.last().is_none_or(|(_, before)| *before != sold) {
            changes.push((version.effective, sold));
        }
    }
    let ends = changes.iter().skip(1);
    let ends = ends.map(|(next, _)| Some(next.saturating_sub(1.day())));
    let ends: Vec<Option<Date>> = ends.chain([listed.contract.calendar().end()]).collect();
    let sold = changes.iter().zip(ends);
    let sold = sold.filter_map(|((start, sold), end)| Some((*start, sold.as_ref()?, end)));
    let numbered = (1..).zip(sold);
    let items = numbered.map(|(number, (start, sold, end))| BillingPlanItem {
        item_number: Some(u32::to_string(&number)),
        ..item(listed, product, sold, (start, end))
    });
    items.collect()
}

fn item(
    listed: &ListedContract,
    product: &Product,
    sold: &Sold,
    (start, end): (Date, Option<Date>),
) -> BillingPlanItem {
    let price = |price: Price| -> Decimal { decimal(&price.into()) };
    let charged = charged_through(listed, product, sold.how);
    let charged = charged.map(|day| end.map_or(day, |end| end.min(day)));
    BillingPlanItem {
        item_number: None,
        name: Some(product.name.clone()),
        r#type: Some(sold.how.to_owned()),
        function: Some(function(listed, start).to_owned()),
        description: sold.description.clone(),
        date_charged_through: charged
            .filter(|day| start <= *day)
            .map(|day| day.to_string()),
        currency_iso_code: Some(listed.contract.currency().code().to_owned()),
        discount_amount: None,
        date_effective_start: Some(start.to_string()),
        date_effective_end: end.map(|day| day.to_string()),
        overage_price: sold.overage.map(price),
        price: sold.price.map(price),
        quantity: Some(decimal(&sold.quantity)),
        unit_of_measure: Some(product.unit_of_measure.clone()),
    }
}

/// Returns the last day through which what is sold in this way is charged. What is paid ahead
/// is so further than what is used.
fn charged_through(listed: &ListedContract, product: &Product, how: &str) -> Option<Date> {
    let charged = &listed.charged;
    let ahead = match how {
        "prepayment" => charged.prepaid.get(&product.sku),
        "wallet" => charged.wallets.get(&product.sku),
        _ => None,
    };
    ahead.copied().max(charged.usage)
}

fn function(listed: &ListedContract, start: Date) -> &'static str {
    let contract = &listed.contract;
    if start <= contract.calendar().start() {
        "contract"
    } else if contract.term_end().is_some_and(|end| end < start) {
        "after_end"
    } else {
        "amendment"
    }
}
