//! Tables of reports, growth and restarts.

use super::{cell, span};
use crate::collected::Collected;
use crate::table::Table;

const STATES: [&str; 3] = ["cold", "warm", "changed"];

fn table(title: &str, what: &str) -> Table {
    let mut header = vec![what];
    for state in ["cold p50", "warm p50", "changed p50"] {
        header.extend([state, "p99"]);
    }
    header.push("size");
    Table::new(title, &header)
}

/// The rows of figures that begin with `prefix`, of both organisations and
/// ranges; sizes are noted as `size`, in `unit`.
fn rows(table: &mut Table, collected: &Collected, [label, prefix, size, unit]: [&str; 4]) {
    for who in ["largest", "median"] {
        for range in ["month", "cut"] {
            let name = format!("{prefix}.{who}.{range}");
            if collected.median(&format!("{name}.cold_p50")).is_none() {
                continue;
            }
            let mut row = vec![format!("{label}, {who}, {range}")];
            for state in STATES {
                row.push(cell(collected, &format!("{name}.{state}_p50")));
                row.push(cell(collected, &format!("{name}.{state}_p99")));
            }
            row.push(format!(
                "{} {unit}",
                cell(collected, &format!("{name}.{size}"))
            ));
            table.row(row);
        }
    }
}

pub(super) fn reports(collected: &Collected) -> Table {
    let title = "Reports (cold: newly opened; changed: one more event since the last)";
    let mut table = table(title, "report, ms");
    for line in [
        ["store", "report.store", "listed", "resources"],
        ["server", "report.server", "bytes", "bytes"],
        ["store, PostgreSQL", "report.pg", "listed", "resources"],
        ["server, PostgreSQL", "report.pg_server", "bytes", "bytes"],
    ] {
        rows(&mut table, collected, line);
    }
    for layout in ["plain", "best"] {
        for who in ["largest", "median"] {
            let name = format!("rows_{layout}.report_{who}_p50");
            if collected.median(&name).is_some() {
                let label = format!("{layout} rows, {who}, month");
                table.row(vec![label, "-".into(), "-".into(), cell(collected, &name)]);
            }
        }
    }
    table
}

pub(super) fn breakdowns(collected: &Collected) -> Table {
    let title = "Series by hour (744 buckets), and the first 100 events of a month, at the server";
    let mut table = table(title, "breakdown, ms");
    for line in [
        ["hours of a sum", "breakdown.hours.points", "bytes", "bytes"],
        [
            "hours of a peak",
            "breakdown.hours.sessions",
            "bytes",
            "bytes",
        ],
        ["events", "breakdown.events.all", "bytes", "bytes"],
        [
            "events of a sum",
            "breakdown.events.points",
            "bytes",
            "bytes",
        ],
        [
            "events of a peak",
            "breakdown.events.sessions",
            "bytes",
            "bytes",
        ],
    ] {
        rows(&mut table, collected, line);
    }
    table
}

pub(super) fn overviews(collected: &Collected) -> Table {
    let title = "Billing overviews (the store: contract, totals and products, unrated)";
    let mut table = table(title, "overview, ms");
    for line in [
        ["store", "overview.store", "listed", "products"],
        ["server, its own", "overview.customer", "bytes", "bytes"],
        ["server, partner's", "overview.partner", "bytes", "bytes"],
    ] {
        rows(&mut table, collected, line);
    }
    if !table.is_empty() {
        let label = "the disk, a synced page".to_owned();
        let [p50, p99] = ["p50", "p99"].map(|it| cell(collected, &format!("overview.sync_{it}")));
        table.row(vec![label, "-".into(), "-".into(), p50, p99]);
    }
    table
}

pub(super) fn growth(collected: &Collected) -> Table {
    let header = ["acknowledged events", "events/s", "of the runs"];
    let mut table = Table::new("Growth: each tenth and quarter of the events", &header);
    for prefix in ["store.tenth", "store.quarter"] {
        for number in collected.below(prefix) {
            let (name, part) = (
                format!("{prefix}{number}"),
                prefix.trim_start_matches("store."),
            );
            let label = format!("{part} {number}");
            table.row(vec![label, cell(collected, &name), span(collected, &name)]);
        }
    }
    for (label, name) in [
        ("unfolded events at the restart", "restart.tail"),
        ("seconds until the server is ready", "restart.seconds"),
    ] {
        if collected.median(name).is_some() {
            table.row(vec![
                label.to_owned(),
                cell(collected, name),
                span(collected, name),
            ]);
        }
    }
    table
}

pub(super) fn curve(collected: &Collected) -> Table {
    let header = [
        "",
        "at 5 %",
        "at 25 %",
        "at 50 %",
        "at the end",
        "x the first",
    ];
    let title = "The report of one month while events of others are stored, ms p50";
    let mut table = Table::new(title, &header);
    for place in ["pg", "sqlite"] {
        for who in ["largest", "median"] {
            if collected
                .median(&format!("curve.{place}.{who}.1"))
                .is_none()
            {
                continue;
            }
            let mut row = vec![format!("{place}, {who}")];
            let point = |number: u32| cell(collected, &format!("curve.{place}.{who}.{number}"));
            row.extend((1..=4).map(point));
            row.push(cell(collected, &format!("ratio.curve_{place}_{who}")));
            table.row(row);
        }
    }
    table
}
