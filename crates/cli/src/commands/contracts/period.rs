//! A billing period of a contract as text for people.

use comfy_table::{ColumnConstraint, Table};
use exchequer_core::Exact;
use exchequer_types::{BillingCharge, BillingContractPeriodDetail, BillingWallet, Decimal};

use super::text::{lines, shown, status};
use crate::money;
use crate::output::{self, printable};

/// Returns the head of a period, its charges and wallets, and what it comes to.
pub(super) fn table(number: &str, period: &BillingContractPeriodDetail) -> String {
    let currency = currency(period);
    let days = period.date_start.as_ref().zip(period.date_end.as_ref());
    let head = lines(&[
        ("contract", Some(number.to_owned())),
        ("period", days.map(|(from, to)| format!("{from} to {to}"))),
        (
            "status",
            Some(status(&period.status, period.billed_elsewhere)),
        ),
        (
            "currency",
            Some(currency.to_owned()).filter(|it| !it.is_empty()),
        ),
    ]);
    let mut parts = vec![head];
    if period.charges.is_empty() {
        parts.push("no charges".to_owned());
    } else {
        parts.push(charges(&period.charges, currency));
    }
    if !period.wallets.is_empty() {
        parts.push(wallets(&period.wallets, currency));
    }
    let total = total(&period.charges).map(|total| {
        let amount = money::amount(&total, currency).into_owned();
        format!("total {amount} {}", printable(currency))
    });
    parts.extend(total);
    parts.join("\n\n")
}

/// Returns the currency of a period. Genesys Cloud says it with each overage only.
pub(super) fn currency(period: &BillingContractPeriodDetail) -> &str {
    let mut charges = period.charges.iter();
    let overage = charges.find_map(|charge| charge.overage_currency.as_deref());
    period.currency.as_deref().or(overage).unwrap_or_default()
}

/// Returns what a charge comes to. Genesys Cloud says it of overage only.
pub(super) fn amount(charge: &BillingCharge) -> Option<&Decimal> {
    charge.amount.as_ref().or(charge.overage_charge.as_ref())
}

/// Returns the reason for a charge.
pub(super) fn kind(charge: &BillingCharge) -> String {
    match (&charge.kind, &charge.adjusted_kind) {
        (Some(kind), Some(adjusted)) => format!("{kind} of {adjusted}"),
        (Some(kind), None) => kind.clone(),
        (None, _) => String::new(),
    }
}

fn digits(number: Option<&Decimal>) -> String {
    let text = number.map_or("", Decimal::as_str);
    printable(text).into_owned()
}

fn charges(charges: &[BillingCharge], currency: &str) -> String {
    const HEADER: [&str; 9] = [
        "CHARGE",
        "NAME",
        "PART NUMBER",
        "USED",
        "PREPAID",
        "FREE",
        "OVERAGE",
        "RATE",
        "AMOUNT",
    ];
    let price = |number: Option<&Decimal>| {
        let text = number.map(|it| money::amount(it.as_str(), currency));
        text.map_or_else(String::new, |text| text.into_owned())
    };
    let rows = charges.iter().map(|charge| {
        let product = charge.product.as_ref();
        [
            printable(&kind(charge)).into_owned(),
            shown(&charge.name),
            product.map_or_else(String::new, |product| shown(&product.sku)),
            digits(charge.actual_quantity.as_ref()),
            digits(charge.prepaid_quantity.as_ref()),
            digits(charge.fairuse_quantity.as_ref()),
            digits(charge.overage_quantity.as_ref()),
            price(charge.overage_rate.as_ref()),
            price(amount(charge)),
        ]
    });
    render(&HEADER, 3, rows.collect())
}

fn wallets(wallets: &[BillingWallet], currency: &str) -> String {
    const HEADER: [&str; 10] = [
        "WALLET",
        "UNIT",
        "START",
        "BOUGHT",
        "TAKEN BACK",
        "USED",
        "LAPSED",
        "END",
        "OVERAGE",
        "OVERAGE CHARGE",
    ];
    let rows = wallets.iter().map(|wallet| {
        let charge = wallet.balance_overage_charge.as_ref();
        let charge = charge.map(|it| money::amount(it.as_str(), currency).into_owned());
        [
            shown(&wallet.name),
            shown(&wallet.unit_of_measure),
            digits(wallet.starting_balance.as_ref()),
            digits(wallet.balance_increase.as_ref()),
            digits(wallet.balance_decrease.as_ref()),
            digits(wallet.balance_consumption.as_ref()),
            digits(wallet.balance_lapse.as_ref()),
            digits(wallet.ending_balance.as_ref()),
            digits(wallet.balance_overage.as_ref()),
            charge.unwrap_or_default(),
        ]
    });
    render(&HEADER, 2, rows.collect())
}

/// Returns a table whose columns from one on are numbers. Columns without any are left out.
fn render<const N: usize>(header: &[&str; N], numbers: usize, rows: Vec<[String; N]>) -> String {
    let mut table: Table = output::table(header);
    for row in &rows {
        table.add_row(row);
    }
    output::align_right(&mut table, numbers..N);
    for (place, column) in table.column_iter_mut().enumerate() {
        if rows.iter().all(|row| row[place].is_empty()) {
            column.set_constraint(ColumnConstraint::Hidden);
        }
    }
    output::render(table)
}

/// Returns the sum of the charges. None if a server does not say all amounts, or not as
/// canonical decimals.
fn total(charges: &[BillingCharge]) -> Option<String> {
    let amounts = charges.iter().map(|charge| charge.amount.as_ref());
    let amounts = amounts.map(|amount| amount?.as_str().parse::<Exact>().ok());
    let total: Option<Vec<Exact>> = amounts.collect();
    Some(total?.into_iter().sum::<Exact>().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Option<Decimal> {
        Decimal::new(digits).ok()
    }

    fn words(text: &str) -> Vec<Vec<&str>> {
        let lines = text.lines();
        lines
            .map(|line| line.split_whitespace().collect())
            .collect()
    }

    #[test]
    fn a_period_shows_its_charges_and_their_sum() {
        let overage = BillingCharge {
            name: Some("Voice".to_owned()),
            actual_quantity: number("1250.5"),
            overage_quantity: number("250.5"),
            overage_rate: number("0.022"),
            kind: Some("overage".to_owned()),
            amount: number("5.51"),
            ..BillingCharge::default()
        };
        let adjustment = BillingCharge {
            name: Some("Voice".to_owned()),
            kind: Some("adjustment".to_owned()),
            adjusted_kind: Some("overage".to_owned()),
            amount: number("-1005.5"),
            ..BillingCharge::default()
        };
        let shown = table(
            "C-1",
            &BillingContractPeriodDetail {
                date_start: Some("2026-10-01".to_owned()),
                date_end: Some("2026-10-31".to_owned()),
                status: Some("Closed".to_owned()),
                currency: Some("USD".to_owned()),
                charges: vec![overage, adjustment],
                ..BillingContractPeriodDetail::default()
            },
        );
        let words = words(&shown);
        assert_eq!(words[1], ["period", "2026-10-01", "to", "2026-10-31"]);
        // Nothing is prepaid or free, so these columns are left out.
        let header = ["CHARGE", "NAME", "USED", "OVERAGE", "RATE", "AMOUNT"];
        assert_eq!(words[5], header);
        let overage = ["overage", "Voice", "1250.5", "250.5", "0.022", "5.51"];
        assert_eq!(words[6], overage);
        let adjustment = ["adjustment", "of", "overage", "Voice", "-1,005.50"];
        assert_eq!(words[7], adjustment);
        assert_eq!(words[9], ["total", "-999.99", "USD"]);
    }

    #[test]
    fn without_all_amounts_there_is_no_total() {
        let genesys = BillingCharge {
            overage_charge: number("12.50"),
            overage_currency: Some("EUR".to_owned()),
            ..BillingCharge::default()
        };
        let period = BillingContractPeriodDetail {
            charges: vec![genesys],
            ..BillingContractPeriodDetail::default()
        };
        let shown = table("C-1", &period);
        assert!(shown.contains("currency      EUR"), "{shown}");
        assert!(
            shown.contains("12.50") && !shown.contains("total"),
            "{shown}"
        );
    }
}
