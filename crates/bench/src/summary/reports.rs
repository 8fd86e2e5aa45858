//! Tables of reports, growth and restarts.

use super::{cell, span};
use crate::collected::Collected;
use crate::table::Table;

pub(super) fn reports(collected: &Collected) -> Table {
    let header = [
        "report, ms",
        "cold p50",
        "p99",
        "warm p50",
        "p99",
        "changed p50",
        "p99",
        "size",
    ];
    let title = "Reports (cold: newly opened; changed: one more event since the last)";
    let mut table = Table::new(title, &header);
    for place in ["store", "server"] {
        for who in ["largest", "median"] {
            for range in ["month", "cut"] {
                let name = format!("report.{place}.{who}.{range}");
                if collected.median(&format!("{name}.cold_p50")).is_none() {
                    continue;
                }
                let mut row = vec![format!("{place}, {who}, {range}")];
                for state in ["cold", "warm", "changed"] {
                    row.push(cell(collected, &format!("{name}.{state}_p50")));
                    row.push(cell(collected, &format!("{name}.{state}_p99")));
                }
                let (size, unit) = match place {
                    "store" => (format!("{name}.listed"), "resources"),
                    _ => (format!("{name}.bytes"), "bytes"),
                };
                row.push(format!("{} {unit}", cell(collected, &size)));
                table.row(row);
            }
        }
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
