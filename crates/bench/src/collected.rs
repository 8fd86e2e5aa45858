//! The figures of all runs: medians, spreads, and the ratios of each run.

use std::collections::BTreeMap;

use crate::measure::percentile;
use crate::task::Figures;

/// A ratio: its name, and the figures above and below the line.
const RATIOS: [(&str, &str, &str); 25] = [
    ("ratio.store_floor", "store.rate", "floor.rate"),
    (
        "ratio.store_folded_floor",
        "store.folded_rate",
        "floor.rate",
    ),
    ("ratio.store_plain", "store.rate", "rows_plain.rate"),
    ("ratio.store_best", "store.rate", "rows_best.rate"),
    (
        "ratio.store_folded_plain",
        "store.folded_rate",
        "rows_plain.rate",
    ),
    (
        "ratio.store_folded_best",
        "store.folded_rate",
        "rows_best.rate",
    ),
    ("ratio.plain_floor", "rows_plain.rate", "floor.rate"),
    ("ratio.best_floor", "rows_best.rate", "floor.rate"),
    ("ratio.by_org_floor", "by_org.folded_rate", "floor.rate"),
    ("ratio.http_floor", "http.rate", "floor.rate"),
    (
        "ratio.replay_mixed",
        "replay.mixed_rate",
        "replay.fresh_rate",
    ),
    (
        "ratio.replay_by_org",
        "replay.by_org_rate",
        "replay.fresh_rate",
    ),
    ("ratio.last_first", "store.quarter4", "store.quarter1"),
    ("ratio.pg1_store", "pg1.rate", "store.rate"),
    (
        "ratio.pg1_folded_store",
        "pg1.folded_rate",
        "store.folded_rate",
    ),
    ("ratio.pg2_store", "pg2.rate", "store.rate"),
    ("ratio.pg1_rows", "pg1.rate", "rows_pg.rate"),
    ("ratio.pg1_folded_rows", "pg1.folded_rate", "rows_pg.rate"),
    ("ratio.pg2_pg1", "pg2.rate", "pg1.rate"),
    (
        "ratio.report_pg_server_largest",
        "report.pg_server.largest.month.warm_p50",
        "report.server.largest.month.warm_p50",
    ),
    (
        "ratio.report_pg_server_median",
        "report.pg_server.median.month.warm_p50",
        "report.server.median.month.warm_p50",
    ),
    (
        "ratio.curve_pg_largest",
        "curve.pg.largest.4",
        "curve.pg.largest.1",
    ),
    (
        "ratio.curve_pg_median",
        "curve.pg.median.4",
        "curve.pg.median.1",
    ),
    (
        "ratio.curve_sqlite_largest",
        "curve.sqlite.largest.4",
        "curve.sqlite.largest.1",
    ),
    (
        "ratio.curve_sqlite_median",
        "curve.sqlite.median.4",
        "curve.sqlite.median.1",
    ),
];

/// Figures by name, one value a run.
#[derive(Default)]
pub(crate) struct Collected(BTreeMap<String, Vec<f64>>);

impl Collected {
    /// Adds the figures of one run and their ratios.
    pub(crate) fn add(&mut self, mut run: Figures) {
        for (name, above, below) in RATIOS {
            if let (Some(above), Some(below)) = (run.get(above), run.get(below)) {
                run.insert(name.to_owned(), above / below);
            }
        }
        for (name, value) in run {
            self.0.entry(name).or_default().push(value);
        }
    }

    /// The median of the runs.
    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        percentile(&mut self.0.get(name)?.clone(), 0.5)
    }

    /// The lowest and the highest of the runs.
    pub(crate) fn spread(&self, name: &str) -> Option<(f64, f64)> {
        let values = self.0.get(name)?;
        let lowest = values.iter().copied().reduce(f64::min)?;
        Some((lowest, values.iter().copied().reduce(f64::max)?))
    }

    /// What follows `prefix` in the names that begin with it.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .keys()
            .filter_map(move |name| name.strip_prefix(prefix))
    }

    /// All of it, for programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        let figure = |(name, runs): (&String, &Vec<f64>)| {
            let spread = self.spread(name);
            let value = serde_json::json!({
                "median": self.median(name),
                "min": spread.map(|spread| spread.0),
                "max": spread.map(|spread| spread.1),
                "runs": runs,
            });
            (name.clone(), value)
        };
        self.0
            .iter()
            .map(figure)
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_those_of_one_run() {
        let mut collected = Collected::default();
        for (store, floor) in [(10.0, 20.0), (30.0, 40.0), (9.0, 10.0)] {
            let run = [("store.rate", store), ("floor.rate", floor)];
            collected.add(run.map(|(name, value)| (name.to_owned(), value)).into());
        }
        assert_eq!(collected.median("ratio.store_floor"), Some(0.75));
        assert_eq!(collected.spread("ratio.store_floor"), Some((0.5, 0.9)));
        assert_eq!(collected.median("store.rate"), Some(10.0));
        assert_eq!(collected.below("ratio.").count(), 1);
    }
}
