//! Overviews as CSV: one line for each usage, or for each charge.

use exchequer_types::TrusteeBillingOverview;

use super::charges::how;
use super::query::Flags;
use crate::cells::CellWriter;

/// The columns with which every line begins.
const WHOSE: [&str; 6] = [
    "organization_id",
    "organization",
    "contract",
    "period_start",
    "period_end",
    "currency",
];

const USAGE: [&str; 13] = [
    "name",
    "part_number",
    "grouping",
    "unit",
    "used",
    "prepaid",
    "prepay_price",
    "overage_price",
    "bundle",
    "third_party",
    "cancellable",
    "notes",
    "subscription",
];

const CHARGE: [&str; 5] = ["kind", "name", "part_number", "amount", "how"];

/// Returns the lines of these overviews under one header.
pub(super) fn render<'a>(
    overviews: impl IntoIterator<Item = &'a TrusteeBillingOverview>,
    flags: &Flags,
) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(flags.raw);
    let columns: &[&str] = if flags.charges { &CHARGE } else { &USAGE };
    writer.write_record([&WHOSE, columns].concat())?;
    for overview in overviews {
        let whose = whose(overview);
        match flags.charges {
            true => write_charges(&mut writer, &whose, overview)?,
            false => write_usages(&mut writer, &whose, overview)?,
        }
    }
    writer.finish()
}

fn whose(overview: &TrusteeBillingOverview) -> [&str; 6] {
    [
        &overview.organization.id,
        optional(&overview.organization.name),
        optional(&overview.name),
        optional(&overview.billing_period_start_date),
        optional(&overview.billing_period_end_date),
        &overview.currency,
    ]
}

fn write_usages(
    writer: &mut CellWriter,
    whose: &[&str],
    overview: &TrusteeBillingOverview,
) -> anyhow::Result<()> {
    for usage in &overview.usages {
        let row: [&str; 13] = [
            &usage.name,
            &usage.part_number,
            &usage.grouping,
            &usage.unit_of_measure_type,
            &usage.usage_quantity,
            &usage.prepay_quantity,
            optional(&usage.prepay_price),
            optional(&usage.overage_price),
            optional(&usage.bundle_quantity),
            flag(usage.is_third_party),
            flag(usage.is_cancellable),
            optional(&usage.usage_notes),
            &overview.subscription_type,
        ];
        writer.write_record([whose, &row].concat())?;
    }
    Ok(())
}

fn write_charges(
    writer: &mut CellWriter,
    whose: &[&str],
    overview: &TrusteeBillingOverview,
) -> anyhow::Result<()> {
    let charges = overview.charges.iter();
    for line in charges.flat_map(|charges| &charges.lines) {
        let how = how(&line.steps);
        let part_number = optional(&line.part_number);
        let row: [&str; 5] = [&line.kind, &line.name, part_number, &line.amount, &how];
        writer.write_record([whose, &row].concat())?;
    }
    Ok(())
}

/// Returns the text of an optional field: in CSV an absent one is an empty cell.
fn optional(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

fn flag(flag: Option<bool>) -> &'static str {
    match flag {
        Some(true) => "true",
        Some(false) => "false",
        None => "",
    }
}
