//! The charges of an overview as text for people.

use std::borrow::Cow;

use exchequer_types::{ChargeStep, Charges};

use crate::money;
use crate::output::{self, printable};

/// Returns a table of the charges, each with its calculation, and the total.
pub(super) fn table(charges: &Charges, currency: &str) -> String {
    let mut table = output::table(&["CHARGE", "NAME", "PART NUMBER", "AMOUNT", "HOW"]);
    for line in &charges.lines {
        let part_number = line.part_number.as_deref().unwrap_or_default();
        table.add_row([
            printable(&line.kind),
            printable(&line.name),
            printable(part_number),
            money::amount(&line.amount, currency),
            printable(&sum(&line.steps, |price| money::amount(price, currency))),
        ]);
    }
    let total = money::amount(&charges.total, currency);
    let total = format!("{total} {}", printable(currency));
    if charges.lines.is_empty() {
        return format!("no charges; total {total}");
    }
    output::align_right(&mut table, 3..4);
    format!("{}\n\ntotal {total}", output::render(table))
}

/// Returns the sum before rounding, in canonical decimals: `1000 × 0.2 + 200 × 0.15 + 5`.
pub(crate) fn how(steps: &[ChargeStep]) -> String {
    sum(steps, Cow::Borrowed)
}

/// Returns the sum before rounding, its prices written in this way.
pub(crate) fn sum<'a>(steps: &'a [ChargeStep], money: impl Fn(&'a str) -> Cow<'a, str>) -> String {
    let mut terms = Vec::new();
    for step in steps {
        terms.push(format!("{} × {}", step.quantity, money(&step.price)));
        terms.extend(step.flat.as_deref().map(|flat| money(flat).into_owned()));
    }
    terms.join(" + ")
}
