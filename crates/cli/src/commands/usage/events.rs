//! `usage --events`: the events behind a figure.

use anyhow::ensure;
use comfy_table::CellAlignment;
use exchequer_client::Client;
use exchequer_types::RecordedEvent;

use super::query::{Flags, Range};
use crate::cells::CellWriter;
use crate::output::{self, DataFormat, printable};

/// The largest page that the API allows.
const LARGEST_PAGE: u32 = 1_000;

/// Reads page after page and prints it. Only a table has to wait for all pages.
pub(super) async fn run(client: &Client, flags: &Flags, range: &Range) -> anyhow::Result<()> {
    let mut pages = client.recorded_events(&range.start, &range.end);
    if let Some(meter) = &flags.meter {
        pages = pages.meter(meter);
    }
    if let Some(resource) = &flags.resource {
        pages = pages.resource(resource);
    }
    if flags.voided {
        pages = pages.with_voided();
    }
    let mut left = flags.limit.unwrap_or(u64::MAX);
    let mut shown = Vec::new();
    let mut first = true;
    while left > 0 {
        pages = pages.page_size(u32::try_from(left).map_or(LARGEST_PAGE, |n| n.min(LARGEST_PAGE)));
        let Some(page) = pages.next().await? else {
            break;
        };
        // An empty cell instead of a missing figure would read as nothing used.
        let metered = page.entities.iter().all(|event| event.quantity.is_some());
        ensure!(
            flags.meter.is_none() || metered,
            "the server has listed an event without its quantity"
        );
        // A server that sends more than asked for is no reason to hide events.
        left = left.saturating_sub(page.entities.len() as u64);
        match flags.format {
            DataFormat::Json if first => output::body(page.body())?,
            DataFormat::Json => output::body(&[b"\n", &page.body()[..]].concat())?,
            DataFormat::Csv => output::data(&csv(&page.entities, first, flags.raw)?)?,
            DataFormat::Table => shown.extend(page.into_inner().entities),
        }
        first = false;
    }
    match flags.format {
        DataFormat::Table => output::line(&table(&shown, flags)),
        DataFormat::Json | DataFormat::Csv => Ok(()),
    }
}

fn table(events: &[RecordedEvent], flags: &Flags) -> String {
    if events.is_empty() {
        return "no events in this range".to_owned();
    }
    let (metered, voided) = (flags.meter.is_some(), flags.voided);
    let mut header = vec!["TIME", "RESOURCE", "TYPE", "SOURCE", "ID"];
    header.extend(voided.then_some("VOIDED BY"));
    header.extend(metered.then_some("QUANTITY"));
    let mut table = output::table(&header);
    for event in events {
        let mut row = vec![
            printable(&event.time),
            printable(&event.resource),
            printable(&event.r#type),
            printable(&event.source),
            printable(&event.id),
        ];
        if voided {
            row.push(printable(event.voided_by.as_deref().unwrap_or_default()));
        }
        if metered {
            row.push(printable(event.quantity.as_deref().unwrap_or_default()));
        }
        table.add_row(row);
    }
    if metered && let Some(column) = table.column_mut(header.len() - 1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    output::render(table)
}

fn csv(events: &[RecordedEvent], with_header: bool, raw: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = CellWriter::new(raw);
    if with_header {
        writer.write_record([
            "time",
            "resource",
            "type",
            "source",
            "id",
            "quantity",
            "received",
            "voids",
            "voided_by",
            "data",
            "client",
        ])?;
    }
    for event in events {
        writer.write_record([
            event.time.as_str(),
            &event.resource,
            &event.r#type,
            &event.source,
            &event.id,
            // Absent only if no meter was asked for.
            event.quantity.as_deref().unwrap_or_default(),
            &event.received,
            event.voids.as_deref().unwrap_or_default(),
            event.voided_by.as_deref().unwrap_or_default(),
            event.data.as_ref().map_or("", |data| data.get()),
            event.client.as_deref().unwrap_or_default(),
        ])?;
    }
    writer.finish()
}
