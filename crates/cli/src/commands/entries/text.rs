//! Entries as text for people.

use std::collections::BTreeMap;

use anyhow::anyhow;
use comfy_table::ColumnConstraint;
use exchequer_core::Exact;
use exchequer_types::{BillingEntry, BillingEntryRow};

use crate::commands::overview::charges::sum;
use crate::money;
use crate::output::{self, printable};

const HEADER: [&str; 7] = [
    "ENTRY",
    "KIND",
    "PERIOD",
    "CHARGE",
    "PART NUMBER",
    "AMOUNT",
    "HOW",
];

/// Returns a table of entries, each with its rows, and their total.
pub(in crate::commands) fn table(entries: &[BillingEntry]) -> anyhow::Result<String> {
    if entries.is_empty() {
        return Ok("no entries".to_owned());
    }
    let mut rows: Vec<[String; 7]> = Vec::new();
    for entry in entries {
        // A period that is closed without a charge is a line as well.
        if entry.rows.is_empty() {
            rows.push(row(entry, None));
        }
        rows.extend(entry.rows.iter().map(|charge| row(entry, Some(charge))));
        // A reason is as long as its author likes: below the last row, it widens no table.
        if let (Some(because), Some(last)) = (because(entry), rows.last_mut()) {
            last[6] = format!("{}\n{because}", last[6]).trim_start().to_owned();
        }
    }
    let mut table = output::table(&HEADER);
    for row in &rows {
        table.add_row(row);
    }
    output::align_right(&mut table, 0..1);
    output::align_right(&mut table, 5..6);
    // A dry run gives no numbers.
    for (place, column) in table.column_iter_mut().enumerate() {
        if rows.iter().all(|row| row[place].is_empty()) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }
    Ok(format!("{}\n\n{}", output::render(table), total(entries)?))
}

fn row(entry: &BillingEntry, charge: Option<&BillingEntryRow>) -> [String; 7] {
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
fn because(entry: &BillingEntry) -> Option<String> {
    let reason = entry.reason.as_deref();
    let reason = reason.map(|reason| printable(reason).into_owned());
    let follows = entry.follows.as_deref();
    reason.or(follows.map(|period| format!("follows from {}", printable(period))))
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
        assert_eq!(lines.len(), 6, "{shown}");
        let how = "0.04  1003 × 0.0137 less 1000 × 0.0137";
        assert!(lines[1].ends_with(how), "{shown}");
        let how = "-14.00  less (1 × 2.00 + 3 × 4.00)";
        assert!(lines[2].ends_with(how), "{shown}");
        assert_eq!(lines[3].trim_start(), "follows from 2025-12-01");
        assert_eq!(lines[5], "total -13.96 USD");
    }

    #[test]
    fn a_reason_stands_below_the_last_row_of_its_entry() {
        let mut correction = entry("correction", "0", Vec::new());
        correction.reason = Some("a line\nwas forgotten".to_owned());
        let shown = table(&[correction.clone()]).unwrap();
        // Nothing is charged: the reason is all that there is to say.
        assert!(shown.contains(" 0.00  a line\\nwas forgotten\n"), "{shown}");
        correction.rows = vec![minutes(&[], &[("1", "2")], "2")];
        let shown = table(&[correction]).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let [how, reason] = ["1 × 2.00", "a line\\nwas forgotten"];
        assert!(lines[1].ends_with(how), "{shown}");
        // Both begin in the same column; `×` is one of two bytes, but not before it.
        assert_eq!(lines[1].find(how), lines[2].find(reason), "{shown}");
        assert_eq!(lines[2].trim_start(), reason, "{shown}");
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
