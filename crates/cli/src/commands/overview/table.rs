//! An overview as text for people.

use exchequer_types::{SubscriptionOverviewUsage, TrusteeBillingOverview};

use super::charges;
use crate::commands::day_label::{end, start};
use crate::money;
use crate::output::{self, printable};

/// The rows of this grouping hold what is free, not what was used.
const ALLOWANCE: &str = "fair-use";

/// Returns the head, the usages and, if wanted, the charges.
pub(crate) fn render(overview: &TrusteeBillingOverview, with_charges: bool) -> String {
    let mut parts = vec![head(overview)];
    if overview.usages.is_empty() {
        parts.push("no usage, and no products in the contract".to_owned());
    } else {
        parts.push(usages(&overview.usages, &overview.currency));
        parts.extend(notes(&overview.usages));
    }
    if with_charges {
        parts.push(match &overview.charges {
            Some(charges) => charges::table(charges, &overview.currency),
            None => "this server does not report charges".to_owned(),
        });
    }
    parts.join("\n\n")
}

fn head(overview: &TrusteeBillingOverview) -> String {
    let organization = &overview.organization;
    let whose = match &organization.name {
        Some(name) => format!("{name} ({})", organization.id),
        None => organization.id.clone(),
    };
    let mut lines = vec![("organization", whose)];
    let mut line = |title, value: Option<String>| lines.extend(value.map(|value| (title, value)));
    let effective = range(
        &overview.contract_effective_date,
        &overview.contract_end_date,
    );
    let contract = [overview.name.clone(), effective];
    let contract: Vec<String> = contract.into_iter().flatten().collect();
    line(
        "contract",
        Some(contract.join(", ")).filter(|text| !text.is_empty()),
    );
    line(
        "amended",
        overview.contract_amendment_date.as_deref().map(start),
    );
    line(
        "period",
        range(
            &overview.billing_period_start_date,
            &overview.billing_period_end_date,
        ),
    );
    if overview.contract_ended == Some(true) {
        line("contract ended", Some("no contract is in force".to_owned()));
    }
    line("subscription", Some(overview.subscription_type.clone()));
    line("currency", Some(overview.currency.clone()));
    let minimum = overview.minimum_monthly_amount.as_deref();
    let minimum = minimum.map(|text| money::amount(text, &overview.currency).into_owned());
    line("minimum", minimum);
    let ramp = range(
        &overview.ramp_period_start_date,
        &overview.ramp_period_end_date,
    );
    line(
        "ramp",
        match overview.in_ramp_period {
            Some(true) => Some(format!(
                "{} (this period is part of it)",
                ramp.unwrap_or_default()
            )),
            _ => ramp,
        },
    );
    let lines = lines.iter();
    let lines = lines.map(|(title, value)| format!("{title:<14}{}", printable(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns a range as text. Both ends are inclusive, and either may be open.
fn range(from: &Option<String>, to: &Option<String>) -> Option<String> {
    match (from.as_deref().map(start), to.as_deref().map(end)) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("to {to}")),
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
    }
}

fn usages(usages: &[SubscriptionOverviewUsage], currency: &str) -> String {
    const HEADER: [&str; 9] = [
        "NAME",
        "PART NUMBER",
        "UNIT",
        "USED",
        "FREE",
        "PREPAID",
        "PREPAY PRICE",
        "OVERAGE PRICE",
        "BUNDLE",
    ];
    let rows = usages.iter().map(|usage| row(usage, currency));
    let rows: Vec<[String; 9]> = rows.collect();
    let mut table = output::table(&HEADER);
    for row in &rows {
        table.add_row(row);
    }
    output::align_right(&mut table, 3..9);
    // Most contracts have no bundles and allowances.
    for (place, column) in table.column_iter_mut().enumerate() {
        if rows.iter().all(|row| row[place].is_empty()) {
            column.set_constraint(comfy_table::ColumnConstraint::Hidden);
        }
    }
    output::render(table)
}

/// Returns the notes of the rows, which are too long for a column.
fn notes(usages: &[SubscriptionOverviewUsage]) -> Option<String> {
    let mut lines = Vec::new();
    for usage in usages {
        let third_party = usage.is_third_party == Some(true) && usage.grouping != ALLOWANCE;
        let third_party = third_party.then_some("Sold by a third party.");
        let told = third_party.into_iter().chain(usage.usage_notes.as_deref());
        let told = told.collect::<Vec<_>>().join(" ");
        if !told.is_empty() {
            let line = format!("{}: {told}", usage.name);
            lines.push(printable(&line).into_owned());
        }
    }
    Some(lines.join("\n")).filter(|text| !text.is_empty())
}

fn row(usage: &SubscriptionOverviewUsage, currency: &str) -> [String; 9] {
    let is_allowance = usage.grouping == ALLOWANCE;
    let only = |shown: bool, text: &str| match shown {
        true => printable(text).into_owned(),
        false => String::new(),
    };
    // What a contract does not price has no price: the cell stays empty.
    let price = |text: &Option<String>| {
        let text = text.as_deref().map(|text| money::amount(text, currency));
        text.map_or_else(String::new, |text| text.into_owned())
    };
    // A bundle of one is what every product has that is not sold in bundles.
    let bundle = usage.bundle_quantity.as_deref().unwrap_or_default();
    [
        only(true, &usage.name),
        only(true, &usage.part_number),
        only(true, &usage.unit_of_measure_type),
        only(!is_allowance, &usage.usage_quantity),
        only(is_allowance, &usage.usage_quantity),
        only(!is_allowance, &usage.prepay_quantity),
        price(&usage.prepay_price),
        price(&usage.overage_price),
        only(bundle != "1", bundle),
    ]
}
