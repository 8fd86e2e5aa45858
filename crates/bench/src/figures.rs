//! The figures of all runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::task::Figures;
use exchequer_support::measure::percentile;

/// Figures by name, one value a run.
#[derive(Default)]
pub(crate) struct Collected(BTreeMap<String, Vec<f64>>);

impl Collected {
    /// Adds the figures of one run.
    pub(crate) fn add(&mut self, run: Figures) {
        for (name, value) in run {
            self.0.entry(name).or_default().push(value);
        }
    }

    /// Returns a line a figure: its name, the median, the lowest and the
    /// highest of the runs.
    pub(crate) fn csv(&self) -> String {
        let mut out = "figure,median,lowest,highest\n".to_owned();
        for (name, runs) in &self.0 {
            let [median, lowest, highest] =
                [0.5, 0.0, 1.0].map(|share| percentile(&mut runs.clone(), share));
            if let (Some(median), Some(lowest), Some(highest)) = (median, lowest, highest) {
                // Writing into a string cannot fail.
                let _ = writeln!(out, "{name},{median:.4},{lowest:.4},{highest:.4}");
            }
        }
        out
    }

    /// Returns the values of every run, for `compare` and other programs.
    pub(crate) fn json(&self) -> serde_json::Value {
        let figure = |(name, runs): (&String, &Vec<f64>)| {
            let median = percentile(&mut runs.clone(), 0.5);
            let value = serde_json::json!({ "median": median, "runs": runs });
            (name.clone(), value)
        };
        let figures: serde_json::Map<_, _> = self.0.iter().map(figure).collect();
        figures.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_its_median_and_its_spread() {
        let mut collected = Collected::default();
        for rate in [10.0, 30.0, 9.0] {
            collected.add(Figures::from([("store.rate".to_owned(), rate)]));
        }
        let csv = "figure,median,lowest,highest\nstore.rate,10.0000,9.0000,30.0000\n";
        assert_eq!(collected.csv(), csv);
        let json = collected.json();
        assert_eq!(json["store.rate"]["median"], 10.0);
        assert_eq!(json["store.rate"]["runs"][1], 30.0);
    }
}
