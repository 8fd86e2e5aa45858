//! What must hold, and whether it does.

use crate::collected::Collected;
use crate::table::{Table, number};

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}
use Bound::{AtLeast, AtMost};

struct Target {
    what: String,
    figure: String,
    unit: &'static str,
    bound: Bound,
}

/// What is measured, its figure, its unit and its bound.
type Line = (&'static str, &'static str, &'static str, Bound);

const INGESTION: [Line; 19] = [
    (
        "store, acknowledged",
        "ratio.store_floor",
        "of the floor",
        AtLeast(0.35),
    ),
    (
        "store, folds done",
        "ratio.store_folded_floor",
        "of the floor",
        AtLeast(0.35),
    ),
    (
        "store, folds done: goal",
        "ratio.store_folded_floor",
        "of the floor",
        AtLeast(0.5),
    ),
    (
        "store, acknowledged",
        "ratio.store_plain",
        "x plain rows",
        AtLeast(6.0),
    ),
    (
        "store, folds done",
        "ratio.store_folded_plain",
        "x plain rows",
        AtLeast(6.0),
    ),
    (
        "store, acknowledged",
        "ratio.store_best",
        "x best rows",
        AtLeast(2.0),
    ),
    (
        "store, folds done",
        "ratio.store_folded_best",
        "x best rows",
        AtLeast(2.0),
    ),
    ("HTTP", "ratio.http_floor", "of the floor", AtLeast(0.25)),
    ("HTTP: goal", "http.rate", "events/s", AtLeast(200_000.0)),
    (
        "PostgreSQL, acknowledged",
        "ratio.pg1_store",
        "of SQLite",
        AtLeast(0.5),
    ),
    (
        "PostgreSQL, folds done",
        "ratio.pg1_folded_store",
        "of SQLite",
        AtLeast(0.5),
    ),
    (
        "PostgreSQL, acknowledged",
        "ratio.pg1_rows",
        "x its rows",
        AtLeast(3.0),
    ),
    (
        "PostgreSQL, acknowledged: goal",
        "ratio.pg1_rows",
        "x its rows",
        AtLeast(5.0),
    ),
    (
        "PostgreSQL, report over HTTP, largest",
        "ratio.report_pg_server_largest",
        "x SQLite",
        AtMost(2.0),
    ),
    (
        "PostgreSQL, report over HTTP, median",
        "ratio.report_pg_server_median",
        "x SQLite",
        AtMost(2.0),
    ),
    (
        "PostgreSQL, report, 1 to 20 M, largest",
        "ratio.curve_pg_largest",
        "x the first",
        AtMost(1.3),
    ),
    (
        "PostgreSQL, report, 1 to 20 M, median",
        "ratio.curve_pg_median",
        "x the first",
        AtMost(1.3),
    ),
    (
        "replay, mixed",
        "ratio.replay_mixed",
        "of fresh",
        AtLeast(0.2),
    ),
    (
        "replay, by organisation",
        "ratio.replay_by_org",
        "of fresh",
        AtLeast(0.2),
    ),
];

const OTHERS: [Line; 10] = [
    (
        "memory, store, ingesting",
        "store.memory",
        "MB",
        AtMost(400.0),
    ),
    (
        "memory, server, ingesting",
        "http.memory",
        "MB",
        AtMost(400.0),
    ),
    (
        "memory, store, replay",
        "replay.mixed_memory",
        "MB",
        AtMost(400.0),
    ),
    (
        "memory, server, restart",
        "restart.memory",
        "MB",
        AtMost(400.0),
    ),
    (
        "memory, store, idle",
        "store.idle_memory",
        "MB",
        AtMost(250.0),
    ),
    (
        "memory, server, idle",
        "http.idle_memory",
        "MB",
        AtMost(250.0),
    ),
    (
        "last quarter of the events",
        "ratio.last_first",
        "of the first",
        AtLeast(0.6),
    ),
    (
        "restart with a full tail",
        "restart.seconds",
        "s",
        AtMost(2.0),
    ),
    (
        "acknowledged during folds",
        "store.fold_ack_p99",
        "ms p99",
        AtMost(100.0),
    ),
    (
        "acknowledged over HTTP",
        "http.ack_p99",
        "ms p99",
        AtMost(100.0),
    ),
];

fn targets() -> Vec<Target> {
    let line = |(what, figure, unit, bound): Line| Target {
        what: what.to_owned(),
        figure: figure.to_owned(),
        unit,
        bound,
    };
    let mut targets: Vec<Target> = INGESTION.into_iter().map(line).collect();
    for (who, most) in [("largest", 15.0), ("median", 2.0)] {
        for range in ["month", "cut"] {
            targets.extend(["cold", "warm", "changed"].map(|state| Target {
                what: format!("report, {who}, {range}, {state}"),
                figure: format!("report.server.{who}.{range}.{state}_p50"),
                unit: "ms p50",
                bound: AtMost(most),
            }));
        }
    }
    for (who, most) in [("largest", 15.0), ("median", 5.0)] {
        targets.extend(["cold", "warm", "changed"].map(|state| Target {
            what: format!("overview for the partner, {who}, {state}"),
            figure: format!("overview.partner.{who}.month.{state}_p50"),
            unit: "ms p50",
            bound: AtMost(most),
        }));
    }
    targets.extend(OTHERS.into_iter().map(line));
    targets
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            AtLeast(bound) => value >= bound,
            AtMost(bound) => value <= bound,
        }
    }

    /// Above 1 where the bound holds, whichever way it points.
    fn margin(self, value: f64) -> f64 {
        match self {
            AtLeast(bound) => value / bound,
            AtMost(bound) => bound / value,
        }
    }

    fn text(self) -> String {
        match self {
            AtLeast(bound) => format!(">= {}", number(bound)),
            AtMost(bound) => format!("<= {}", number(bound)),
        }
    }
}

/// Each target with its figure.
pub(crate) fn table(collected: &Collected) -> Table {
    let header = [
        "what must hold",
        "median",
        "lowest",
        "highest",
        "unit",
        "target",
        "",
        "margin",
    ];
    let mut table = Table::new(
        "Targets (margin: 1 is just held, 2 is twice as good)",
        &header,
    );
    for target in targets() {
        let (Some(median), Some((lowest, highest))) = (
            collected.median(&target.figure),
            collected.spread(&target.figure),
        ) else {
            continue;
        };
        table.row(vec![
            target.what,
            number(median),
            number(lowest),
            number(highest),
            target.unit.to_owned(),
            target.bound.text(),
            if target.bound.holds(median) {
                "PASS"
            } else {
                "MISSED"
            }
            .to_owned(),
            number(target.bound.margin(median)),
        ]);
    }
    table
}

/// The same for programs.
pub(crate) fn json(collected: &Collected) -> serde_json::Value {
    let row = |target: Target| {
        let median = collected.median(&target.figure)?;
        Some(serde_json::json!({
            "what": target.what,
            "figure": target.figure,
            "median": median,
            "unit": target.unit,
            "target": target.bound.text(),
            "pass": target.bound.holds(median),
            "margin": target.bound.margin(median),
        }))
    };
    targets().into_iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_above_one_is_a_bound_held() {
        for (bound, value, holds) in [
            (AtLeast(2.0), 3.0, true),
            (AtLeast(2.0), 1.0, false),
            (AtMost(2.0), 1.0, true),
        ] {
            assert_eq!(bound.holds(value), holds);
            assert_eq!(bound.margin(value) > 1.0, holds);
        }
    }
}
