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
    let (start, end) = (&range.start, &range.end);
    let series = match &flags.time_zone {
        None => client.usage_series(meter, start, end, flags.by).await?,
        Some(zone) => {
            let series = client.usage_series_in(zone, meter, start, end, flags.by);
            series.await?
        }
    };
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
    let first = format!("{first} ({})", printable(&series.time_zone));
    let usage = printable(&series.meter).to_uppercase();
    let mut table = output::table(&[&first, &usage]);
    for (at, bucket) in series.entities.iter().enumerate() {
        let begins = match at {
            0 => label(&bucket.local_start, series.granularity),
            _ => short(&bucket.local_start, series.granularity),
        };
        table.add_row([printable(&begins), printable(&bucket.usage)]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    output::render(table)
}

/// Returns the start of the first bucket, as short as possible. One that is cut by the
/// range starts elsewhere, and is shown in full.
fn label(start: &str, granularity: Granularity) -> String {
    let is_whole = match granularity {
        Granularity::Hour => start.get(13..23) == Some(":00:00.000"),
        Granularity::Day => start.get(10..23) == Some("T00:00:00.000"),
        Granularity::Month => start.get(7..23) == Some("-01T00:00:00.000"),
    };
    match is_whole {
        true => short(start, granularity),
        false => start.to_owned(),
    }
}

/// Returns the start of a bucket that begins where its hour, day or month does. A day may
/// begin later than at midnight, an hour at any minute at which clocks are changed; the
/// offset tells two hours of one name apart.
fn short(start: &str, granularity: Granularity) -> String {
    let short = match granularity {
        Granularity::Hour => {
            let parts = start.get(..16).zip(start.get(23..));
            parts.map(|(minute, offset)| format!("{minute}{offset}"))
        }
        Granularity::Day => start.get(..10).map(str::to_owned),
        Granularity::Month => start.get(..7).map(str::to_owned),
    };
    short.unwrap_or_else(|| start.to_owned())
}

fn csv(series: &UsageSeries, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    writer.write_record(["meter", "start", "end", "usage", "local_start"])?;
    for bucket in &series.entities {
        let (start, end) = (&bucket.start_date, &bucket.end_date);
        let local_start = &bucket.local_start;
        writer.write_record([&*series.meter, start, end, &bucket.usage, local_start])?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_by_their_beginning() {
        use Granularity::{Day, Hour, Month};
        for offset in ["Z", "+02:00", "-03:30"] {
            let midnight = format!("2026-10-01T00:00:00.000{offset}");
            let hour = format!("2026-10-01T00:00{offset}");
            assert_eq!(label(&midnight, Hour), hour);
            assert_eq!(label(&midnight, Day), "2026-10-01");
            assert_eq!(label(&midnight, Month), "2026-10");
            for granularity in [Hour, Day, Month] {
                let cut = format!("2026-10-15T08:30:00.000{offset}");
                assert_eq!(label(&cut, granularity), cut);
            }
        }
        // Midnight was skipped.
        let begins = "2026-09-06T01:00:00.000-03:00";
        assert_eq!(short(begins, Day), "2026-09-06");
        assert_eq!(
            short("2026-10-04T02:30:00.000+11:00", Hour),
            "2026-10-04T02:30+11:00"
        );
        assert_eq!(short("soon", Hour), "soon");
    }
}
