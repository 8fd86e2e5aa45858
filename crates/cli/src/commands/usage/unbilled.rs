//! `usage --unbilled`: what no contract bills.

use exchequer_client::Client;
use exchequer_types::{UnbilledMeter, UnbilledUsage};

use super::query::{Flags, Range};
use crate::cells::CellWriter;
use crate::commands::day_label::start;
use crate::output::{self, DataFormat, printable};

/// Reads the list and prints it.
pub(super) async fn run(client: &Client, flags: &Flags, range: &Range) -> anyhow::Result<()> {
    let unbilled = client.unbilled_usage(&range.start, &range.end).await?;
    match flags.format {
        DataFormat::Json => output::body(unbilled.body()),
        DataFormat::Table => output::line(&table(&unbilled)),
        DataFormat::Csv => output::data(&csv(&unbilled, flags.raw)?),
    }
}

fn table(unbilled: &UnbilledUsage) -> String {
    if unbilled.entities.is_empty() {
        return "contracts bill all usage in this range".to_owned();
    }
    let mut table = output::table(&["START", "END (EXCLUSIVE)", "METER", "USAGE", "WHY"]);
    for meter in &unbilled.entities {
        table.add_row([
            printable(&start(&meter.start_date)),
            printable(&start(&meter.end_date)),
            printable(&meter.meter),
            printable(&meter.usage),
            printable(&reason(meter)),
        ]);
    }
    output::align_right(&mut table, 3..4);
    output::render(table)
}

/// Returns the reason as a phrase; one that this program does not know as it came.
fn reason(meter: &UnbilledMeter) -> String {
    let phrase = match meter.reason.as_str() {
        "noContract" => "there is no contract",
        "beforeContract" => "before the first contract",
        "betweenContracts" => "between two contracts, after",
        "afterContract" => "after the end of",
        "notInContract" => "not in",
        unknown => unknown,
    };
    match &meter.contract_id {
        Some(contract) => format!("{phrase} contract {contract}"),
        None => phrase.to_owned(),
    }
}

fn csv(unbilled: &UnbilledUsage, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record(["start", "end", "meter", "usage", "reason", "contract"])?;
    for meter in &unbilled.entities {
        writer.write_record([
            meter.start_date.as_str(),
            &meter.end_date,
            &meter.meter,
            &meter.usage,
            &meter.reason,
            // Absent where there never was one.
            meter.contract_id.as_deref().unwrap_or_default(),
        ])?;
    }
    writer.finish()
}
