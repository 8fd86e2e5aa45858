//! Tables of ingestion.

use super::{cell, span};
use crate::collected::Collected;
use crate::table::{Table, number};

/// Label, rate, its ratio to the floor, CPU, bytes, memory, events in a commit.
const LINES: [&str; 16] = [
    "floor|floor.rate||floor.cpu|floor.bytes||floor.group",
    "store, acknowledged|store.rate|ratio.store_floor|store.acked_cpu|||store.group",
    "store, folds done|store.folded_rate|ratio.store_folded_floor|store.cpu|store.bytes.all|store.memory|",
    "store, one organisation a batch|by_org.folded_rate|ratio.by_org_floor|by_org.cpu|by_org.bytes.all|by_org.memory|by_org.group",
    "rows, best layout|rows_best.rate|ratio.best_floor|rows_best.cpu|rows_best.bytes|rows_best.memory|rows_best.group",
    "rows, plain keys|rows_plain.rate|ratio.plain_floor|rows_plain.cpu|rows_plain.bytes|rows_plain.memory|rows_plain.group",
    "PostgreSQL, acknowledged|pg1.rate|ratio.pg1_store|pg1.acked_cpu|||",
    "PostgreSQL, folds done|pg1.folded_rate|ratio.pg1_folded_store|pg1.cpu|pg1.bytes.all|pg1.memory|",
    "PostgreSQL, two nodes, acknowledged|pg2.rate|ratio.pg2_store|pg2.acked_cpu|||",
    "PostgreSQL, two nodes, folds done|pg2.folded_rate||pg2.cpu|pg2.bytes.all|pg2.memory|",
    "PostgreSQL, rows|rows_pg.rate||rows_pg.cpu|rows_pg.bytes||",
    "HTTP, server's CPU|http.rate|ratio.http_floor|http.server_cpu||http.memory|",
    "HTTP, client's CPU|http.rate||http.client_cpu|||",
    "fresh events before the replay|replay.fresh_rate|||||",
    "replay, mixed batches|replay.mixed_rate||replay.mixed_cpu||replay.mixed_memory|",
    "replay, one organisation a batch|replay.by_org_rate||replay.by_org_cpu||replay.by_org_memory|",
];

pub(super) fn ingestion(collected: &Collected) -> Table {
    let header = [
        "",
        "events/s",
        "of the runs",
        "x floor",
        "CPU s/M",
        "bytes/event",
        "peak MB",
        "a commit",
    ];
    let rows = collected
        .median("rows_plain.events")
        .map_or_else(String::new, |events| {
            format!(" (rows: the first {} events)", number(events))
        });
    let mut table = Table::new(&format!("Ingestion, medians of the runs{rows}"), &header);
    for line in LINES {
        let mut parts = line.split('|');
        let label = parts.next().unwrap_or_default();
        let figures: Vec<&str> = parts.collect();
        if collected.median(figures[0]).is_none() {
            continue;
        }
        let mut row = vec![
            label.to_owned(),
            cell(collected, figures[0]),
            span(collected, figures[0]),
        ];
        row.extend(figures[1..].iter().map(|figure| cell(collected, figure)));
        table.row(row);
    }
    table
}

pub(super) fn times(collected: &Collected) -> Table {
    let header = [
        "acknowledgement of 1,000 events, ms",
        "p50",
        "p99",
        "max",
        "max of the runs",
    ];
    let mut table = Table::new("Acknowledgements", &header);
    for (label, prefix) in [
        ("store, whole run", "store.ack"),
        ("store, while a fold is under way", "store.fold_ack"),
        ("HTTP, whole run", "http.ack"),
        ("replay, mixed batches", "replay.mixed.ack"),
        ("replay, one organisation a batch", "replay.by_org.ack"),
    ] {
        let name = |what: &str| format!("{prefix}_{what}");
        if collected.median(&name("p50")).is_some() {
            table.row(vec![
                label.to_owned(),
                cell(collected, &name("p50")),
                cell(collected, &name("p99")),
                cell(collected, &name("max")),
                span(collected, &name("max")),
            ]);
        }
    }
    table
}

pub(super) fn bytes(collected: &Collected) -> Table {
    let mut table = Table::new(
        "Bytes an event, by part",
        &["part", "median", "of the runs"],
    );
    for (label, name) in [
        ("journal, of events not folded", "journal"),
        ("segments", "segments"),
        ("  of these, columns", "segments_columns"),
        ("  of these, data", "segments_data"),
        ("identity", "identity"),
        ("rollups", "rollups"),
        ("subjects", "subjects"),
        ("marks", "marks"),
        ("catalog", "catalog"),
        ("all, everything folded", "all"),
        ("file, with free pages", "file"),
    ] {
        let figure = format!("store.bytes.{name}");
        if collected.median(&figure).is_some() {
            table.row(vec![
                label.to_owned(),
                cell(collected, &figure),
                span(collected, &figure),
            ]);
        }
    }
    let written = "store.disk_bytes";
    if collected.median(written).is_some() {
        let label = "sent to the disk while ingesting".to_owned();
        table.row(vec![
            label,
            cell(collected, written),
            span(collected, written),
        ]);
    }
    table
}
