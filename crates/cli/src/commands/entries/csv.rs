//! Entries as CSV: one line for each row of an entry.

use exchequer_types::{BillingEntry, BillingEntryRow};

use crate::cells::CellWriter;
use crate::commands::overview::charges::how;

const COLUMNS: [&str; 14] = [
    "contract",
    "entry",
    "kind",
    "period",
    "created",
    "currency",
    "charge",
    "part_number",
    "amount",
    "how",
    "before",
    "follows",
    "reason",
    "digest",
];

/// Returns the lines of these entries, under a header if they are the first.
pub(super) fn render(
    entries: &[BillingEntry],
    with_header: bool,
    raw: bool,
) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    if with_header {
        writer.write_record(COLUMNS)?;
    }
    // A period that is closed without a charge is a line as well.
    let nothing = BillingEntryRow {
        amount: "0".to_owned(),
        ..BillingEntryRow::default()
    };
    for entry in entries {
        let rows = match entry.rows.as_slice() {
            [] => std::slice::from_ref(&nothing),
            rows => rows,
        };
        for row in rows {
            write(&mut writer, entry, row)?;
        }
    }
    writer.finish()
}

fn write(
    writer: &mut CellWriter,
    entry: &BillingEntry,
    row: &BillingEntryRow,
) -> anyhow::Result<()> {
    // Absent only in a dry run.
    let number = entry.entry.map(|number| number.to_string());
    let (steps, before) = (how(&row.steps), how(&row.before));
    writer.write_record([
        entry.contract_id.as_str(),
        number.as_deref().unwrap_or_default(),
        &entry.kind,
        &entry.billing_period_id,
        &entry.date_created,
        &entry.currency,
        &row.kind,
        // A minimum is of no product.
        row.part_number.as_deref().unwrap_or_default(),
        &row.amount,
        &steps,
        &before,
        entry.follows.as_deref().unwrap_or_default(),
        entry.reason.as_deref().unwrap_or_default(),
        &entry.digest,
    ])?;
    Ok(())
}
