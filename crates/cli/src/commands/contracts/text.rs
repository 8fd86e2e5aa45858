//! Contracts as text for people.

use exchequer_types::{BillingContract, BillingPlan, BillingPlanItem, Customer, Decimal};

use crate::money;
use crate::output::{self, printable};

/// Returns a table of contracts.
pub(super) fn list(contracts: &[BillingContract]) -> String {
    if contracts.is_empty() {
        return "no contracts".to_owned();
    }
    let mut table = output::table(&["CONTRACT", "STATUS", "MODEL", "START", "END", "PERIODS"]);
    for contract in contracts {
        table.add_row([
            shown(&contract.id),
            shown(&contract.status),
            shown(&contract.commercial_model),
            shown(&contract.date_start),
            shown(&contract.date_end),
            contract.billing_periods.len().to_string(),
        ]);
    }
    output::align_right(&mut table, 5..6);
    output::render(table)
}

/// Returns the head of a contract, its prices and its periods.
pub(super) fn contract(contract: &BillingContract) -> String {
    let mut parts = vec![head(contract)];
    if contract.plans.is_empty() {
        parts.push("no products".to_owned());
    } else {
        parts.push(prices(&contract.plans));
        parts.extend(notes(&contract.plans));
    }
    parts.push(periods(contract));
    parts.join("\n\n")
}

fn head(contract: &BillingContract) -> String {
    let range = |from: &Option<String>, to: &Option<String>| {
        let from = from.as_ref()?;
        Some(match to {
            Some(to) => format!("{from} to {to}"),
            None => format!("from {from}"),
        })
    };
    let party = |customer: &Option<Customer>| {
        let customer = customer.as_ref()?;
        let number = customer.number.as_ref().or(customer.id.as_ref());
        let number = number.map(|number| format!("({number})"));
        let words = [customer.name.clone(), number];
        Some(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    };
    lines(&[
        ("contract", contract.id.clone()),
        ("status", contract.status.clone()),
        ("model", contract.commercial_model.clone()),
        ("days", range(&contract.date_start, &contract.date_end)),
        (
            "ramp",
            range(&contract.date_ramp_start, &contract.date_ramp_end),
        ),
        ("organization", party(&contract.end_customer)),
        ("billed to", party(&contract.bill_to_customer)),
        ("sold to", party(&contract.sold_to_customer)),
    ])
}

/// Returns titles and values, those without a value left out.
pub(super) fn lines(lines: &[(&str, Option<String>)]) -> String {
    let lines = lines.iter();
    let lines = lines.filter_map(|(title, value)| Some((title, value.as_ref()?)));
    let lines = lines.map(|(title, value)| format!("{title:<14}{}", printable(value)));
    lines.collect::<Vec<_>>().join("\n")
}

fn prices(plans: &[BillingPlan]) -> String {
    const HEADER: [&str; 9] = [
        "NAME",
        "PART NUMBER",
        "TYPE",
        "FROM",
        "TO",
        "QUANTITY",
        "PRICE",
        "OVERAGE PRICE",
        "CHARGED THROUGH",
    ];
    let mut table = output::table(&HEADER);
    for plan in plans {
        for item in &plan.items {
            table.add_row(row(plan, item));
        }
    }
    output::align_right(&mut table, 5..8);
    output::render(table)
}

fn row(plan: &BillingPlan, item: &BillingPlanItem) -> [String; 9] {
    let currency = item.currency_iso_code.as_deref().unwrap_or_default();
    let price = |price: &Option<Decimal>| {
        let price = price
            .as_ref()
            .map(|it| money::amount(it.as_str(), currency));
        price.map_or_else(String::new, |it| format!("{it} {}", printable(currency)))
    };
    [
        shown(&plan.name),
        plan.product
            .as_ref()
            .map_or_else(String::new, |it| shown(&it.sku)),
        shown(&item.r#type),
        shown(&item.date_effective_start),
        shown(&item.date_effective_end),
        item.quantity
            .as_ref()
            .map(Decimal::to_string)
            .unwrap_or_default(),
        price(&item.price),
        price(&item.overage_price),
        shown(&item.date_charged_through),
    ]
}

/// Returns what the columns cannot say, each once.
fn notes(plans: &[BillingPlan]) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for plan in plans {
        for text in plan.items.iter().filter_map(|it| it.description.as_deref()) {
            let line = format!("{}: {text}", plan.name.as_deref().unwrap_or_default());
            let line = printable(&line).into_owned();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn periods(contract: &BillingContract) -> String {
    if contract.billing_periods.is_empty() {
        return "no billing period has begun".to_owned();
    }
    let mut table = output::table(&["PERIOD", "START", "END", "STATUS"]);
    for period in &contract.billing_periods {
        table.add_row([
            shown(&period.id),
            shown(&period.date_start),
            shown(&period.date_end),
            status(&period.status, period.billed_elsewhere),
        ]);
    }
    output::render(table)
}

/// Returns the status of a period.
pub(super) fn status(status: &Option<String>, billed_elsewhere: Option<bool>) -> String {
    let elsewhere = billed_elsewhere == Some(true);
    let note = if elsewhere { ", billed elsewhere" } else { "" };
    format!("{}{note}", shown(status))
}

/// Returns text that may be absent.
pub(super) fn shown(text: &Option<String>) -> String {
    printable(text.as_deref().unwrap_or_default()).into_owned()
}
