//! Entries as text for people.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::anyhow;
use comfy_table::ColumnConstraint;
use exchequer_core::Exact;
use exchequer_types::{BillingEntry, BillingEntryRow};

use crate::commands::overview::charges::sum;
use crate::money;
use crate::output::{self, printable};

const HEADER: [&str; 8] = [
    "ENTRY",
    "KIND",
    "PERIOD",
    "CHARGE",
    "PART NUMBER",
    "AMOUNT",
    "HOW",
    "BECAUSE",
];

/// Returns a table of entries, each with its rows, and their total.
pub(in crate::commands) fn table(entries: &[BillingEntry]) -> anyhow::Result<String> {
    if entries.is_empty() {
        return Ok("no entries".to_owned());
    }
    let mut rows: Vec<[String; 8]> = Vec::new();
    for entry in entries {
        // A period that is closed without a charge is a line as well.
        if entry.rows.is_empty() {
            rows.push(row(entry, None));
        }
        rows.extend(entry.rows.iter().map(|charge| row(entry, Some(charge))));
    }
    let mut table = output::table(&HEADER);
    for row in &rows {
        table.add_row(row);
    }
    output::align_right(&mut table, 0..1);
    output::align_right(&mut table, 5..6);
    // A dry run gives no numbers, and most entries need no reason.
    for (place, column) in table.column_iter_mut().enumerate() {
        if rows.iter().all(|row| row[place].is_empty()) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }
    Ok(format!("{}\n\n{}", output::render(table), total(entries)?))
}

fn row(entry: &BillingEntry, charge: Option<&BillingEntryRow>) -> [String; 8] {
    let shown = |text: &str| printable(text).into_owned();
    let number = entry.entry.map(|number| number.to_string());
    let currency = &entry.currency;
    let part_number = charge.and_then(|charge| charge.part_number.as_deref());
    let amount = charge.map_or("0", |charge| &charge.amount);
    [
        number.unwrap_or_default(),
        shown(&entry.kind),
        shown(&entry.billing_period_id),
        shown(charge.map_or("", |charge| &charge.kind)),
        shown(part_number.unwrap_or_default()),
        money::amount(amount, currency).into_owned(),
        shown(
            &charge
                .map(|charge| how(charge, currency))
                .unwrap_or_default(),
        ),
        shown(&because(entry)),
    ]
}

/// Returns the steps of a row, less those that it takes the place of.
fn how(charge: &BillingEntryRow, currency: &str) -> String {
    let steps = |steps| sum(steps, |price| money::amount(price, currency));
    let (now, before) = (steps(&charge.steps), steps(&charge.before));
    let before = match charge.before.as_slice() {
        [] => return now,
        [one] if one.flat.is_none() => before,
        _ => format!("({before})"),
    };
    format!("{now} less {before}").trim_start().to_owned()
}

/// Returns why there is an entry beside the close of its period.
fn because(entry: &BillingEntry) -> Cow<'_, str> {
    match (&entry.reason, &entry.follows) {
        (Some(reason), _) => Cow::Borrowed(reason),
        (None, Some(period)) => Cow::Owned(format!("follows from {period}")),
        (None, None) => Cow::Borrowed(""),
    }
}

/// Returns the sum of the entries, one for each currency.
fn total(entries: &[BillingEntry]) -> anyhow::Result<String> {
    let mut totals: BTreeMap<&str, Exact> = BTreeMap::new();
    for entry in entries {
        let unreadable = || anyhow!("the server has sent `{}` for a total", entry.total);
        let amount: Exact = entry.total.parse().map_err(|_| unreadable())?;
        let total = totals.entry(&entry.currency).or_insert_with(Exact::zero);
        *total = total.clone() + amount;
    }
    let totals = totals.into_iter().map(|(currency, total)| {
        let total = total.to_string();
        format!(
            "total {} {}",
            money::amount(&total, currency),
            printable(currency)
        )
    });
    Ok(totals.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use exchequer_types::ChargeStep;

    use super::*;

    fn steps(steps: &[(&str, &str)]) -> Vec<ChargeStep> {
        let steps = steps.iter().map(|(quantity, price)| ChargeStep {
            quantity: (*quantity).to_owned(),
            price: (*price).to_owned(),
            flat: None,
        });
        steps.collect()
    }

    fn entry(kind: &str, total: &str, rows: Vec<BillingEntryRow>) -> BillingEntry {
        BillingEntry {
            entry: Some(7),
            kind: kind.to_owned(),
            billing_period_id: "2026-01-01".to_owned(),
            currency: "USD".to_owned(),
            total: total.to_owned(),
            rows,
            ..BillingEntry::default()
        }
    }

    fn minutes(before: &[(&str, &str)], now: &[(&str, &str)], amount: &str) -> BillingEntryRow {
        BillingEntryRow {
            kind: "overage".to_owned(),
            part_number: Some("MIN".to_owned()),
            before: steps(before),
            steps: steps(now),
            amount: amount.to_owned(),
        }
    }

    #[test]
    fn an_adjustment_shows_the_steps_that_it_takes_the_place_of() {
        let price = "0.0137";
        let late = minutes(&[("1000", price)], &[("1003", price)], "0.04");
        let gone = minutes(&[("1", "2"), ("3", "4")], &[], "-14");
        let mut adjustment = entry("adjustment", "-13.96", vec![late, gone]);
        adjustment.follows = Some("2025-12-01".to_owned());
        let shown = table(&[adjustment]).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 5, "{shown}");
        let how = "0.04  1003 × 0.0137 less 1000 × 0.0137";
        assert!(lines[1].contains(how), "{shown}");
        assert!(lines[1].ends_with("follows from 2025-12-01"), "{shown}");
        let how = "-14.00  less (1 × 2.00 + 3 × 4.00)";
        assert!(lines[2].contains(how), "{shown}");
        assert_eq!(lines[4], "total -13.96 USD");
    }

    #[test]
    fn a_close_without_charges_is_a_line() {
        let mut nothing = entry("close", "0", Vec::new());
        // In a dry run.
        nothing.entry = None;
        let shown = table(&[nothing]).unwrap();
        let lines: Vec<Vec<&str>> = shown
            .lines()
            .map(|it| it.split_whitespace().collect())
            .collect();
        assert_eq!(
            lines,
            [
                vec!["KIND", "PERIOD", "AMOUNT"],
                vec!["close", "2026-01-01", "0.00"],
                vec![],
                vec!["total", "0.00", "USD"],
            ]
        );
        assert_eq!(table(&[]).unwrap(), "no entries");
    }

    #[test]
    fn a_total_that_is_no_number_is_an_error() {
        let error = table(&[entry("close", "1e3", Vec::new())]).unwrap_err();
        assert!(error.to_string().contains("`1e3`"), "{error}");
    }
}
