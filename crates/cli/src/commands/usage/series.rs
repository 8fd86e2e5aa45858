//! The usage of a meter, step by step.

use comfy_table::CellAlignment;
use exchequer_client::Client;
use exchequer_types::{Granularity, UsageSeries};

use super::query::{Flags, Range};
use crate::cells::CellWriter;
use crate::output::{self, DataFormat, printable};

/// Reads the series and prints it.
pub(super) async fn run(
    client: &Client,
    flags: &Flags,
    meter: &str,
    range: &Range,
) -> anyhow::Result<()> {
    let series = client.usage_series(meter, &range.start, &range.end, flags.by);
    let series = series.await?;
    match flags.format {
        DataFormat::Json => output::body(series.body()),
        DataFormat::Table => output::line(&table(&series)),
        DataFormat::Csv => output::data(&csv(&series, flags.raw)?),
    }
}

fn table(series: &UsageSeries) -> String {
    if series.entities.is_empty() {
        return "the range is empty".to_owned();
    }
    let first = series.granularity.as_str().to_uppercase();
    let usage = printable(&series.meter).to_uppercase();
    let mut table = output::table(&[&first, &usage]);
    for bucket in &series.entities {
        let begins = label(&bucket.start_date, series.granularity);
        table.add_row([printable(&begins), printable(&bucket.usage)]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    output::render(table)
}

/// Returns the start of a bucket, as short as possible. A bucket that is cut by
/// the range starts elsewhere, and is shown in full.
fn label(start: &str, granularity: Granularity) -> String {
    let short = match granularity {
        Granularity::Hour => start
            .strip_suffix(":00:00.000Z")
            .map(|hour| format!("{hour}:00Z")),
        Granularity::Day => start.strip_suffix("T00:00:00.000Z").map(str::to_owned),
        Granularity::Month => start.strip_suffix("-01T00:00:00.000Z").map(str::to_owned),
    };
    short.unwrap_or_else(|| start.to_owned())
}

fn csv(series: &UsageSeries, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record(["meter", "start", "end", "usage"])?;
    for bucket in &series.entities {
        let (start, end) = (&bucket.start_date, &bucket.end_date);
        writer.write_record([&*series.meter, start, end, &bucket.usage])?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_by_their_beginning() {
        use Granularity::{Day, Hour, Month};
        assert_eq!(label("2026-10-01T00:00:00.000Z", Hour), "2026-10-01T00:00Z");
        assert_eq!(label("2026-10-01T00:00:00.000Z", Day), "2026-10-01");
        assert_eq!(label("2026-10-01T00:00:00.000Z", Month), "2026-10");
        for granularity in [Hour, Day, Month] {
            let cut = "2026-10-15T08:30:00.000Z";
            assert_eq!(label(cut, granularity), cut);
        }
    }
}
