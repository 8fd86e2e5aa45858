//! The figures of two builds beside one another.
//!
//! The first run before the change and the first after it are a pair, and so
//! on: run them in turns, so that both of a pair meet the same machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Deserialize;

use exchequer_support::measure::percentile;

/// Flags of `compare`.
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Files that `--json` wrote before the change
    #[arg(required = true, value_name = "BEFORE")]
    before: Vec<PathBuf>,
    /// Files that `--json` wrote after it
    #[arg(last = true, required = true, value_name = "AFTER")]
    after: Vec<PathBuf>,
}

/// The part of a file of figures that is compared.
#[derive(Deserialize)]
struct Document {
    figures: BTreeMap<String, Figure>,
}

#[derive(Deserialize)]
struct Figure {
    runs: Vec<f64>,
}

/// All values of a figure, in the order of the runs.
type Values = BTreeMap<String, Vec<f64>>;

/// Prints a line a figure: the medians, the median of the ratios of the pairs,
/// and how many pairs there are.
pub(crate) fn run(flags: &Flags) -> Result<()> {
    let table = table(&read(&flags.before)?, &read(&flags.after)?);
    ensure!(table.lines().count() > 1, "the files share no figure");
    std::io::stdout().write_all(table.as_bytes())?;
    Ok(())
}

fn read(files: &[PathBuf]) -> Result<Values> {
    let mut values = Values::new();
    for file in files {
        for (name, figure) in document(file)?.figures {
            values.entry(name).or_default().extend(figure.runs);
        }
    }
    Ok(values)
}

fn document(file: &Path) -> Result<Document> {
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| file.display().to_string())?;
    serde_json::from_str(&text).with_context(|| file.display().to_string())
}

fn table(before: &Values, after: &Values) -> String {
    let mut out = "figure,before,after,ratio,pairs\n".to_owned();
    for (name, before) in before {
        let Some(after) = after.get(name) else {
            continue;
        };
        let pairs = before.iter().zip(after);
        let mut ratios: Vec<f64> = pairs.map(|(before, after)| after / before).collect();
        let pairs = ratios.len();
        let medians = [before, after].map(|runs| percentile(&mut runs.clone(), 0.5));
        if let ([Some(before), Some(after)], Some(ratio)) = (medians, percentile(&mut ratios, 0.5))
        {
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{name},{before:.4},{after:.4},{ratio:.4},{pairs}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(name: &str, runs: &[f64]) -> Values {
        Values::from([(name.to_owned(), runs.to_vec())])
    }

    #[test]
    fn ratios_are_those_of_pairs() {
        // The machine was slow in the second pair: that is in both of it.
        let before = values("store.rate", &[100.0, 10.0, 200.0]);
        let after = values("store.rate", &[110.0, 11.0, 180.0]);
        let table = table(&before, &after);
        assert_eq!(
            table,
            "figure,before,after,ratio,pairs\nstore.rate,100.0000,110.0000,1.1000,3\n"
        );
    }

    #[test]
    fn only_shared_figures_are_compared() {
        let table = table(&values("a", &[1.0]), &values("b", &[1.0]));
        assert_eq!(table.lines().count(), 1);
    }
}
