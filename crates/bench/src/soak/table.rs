//! What a soak prints.

use std::fmt::Write as _;

use crate::soak::operations::Operation;
use crate::soak::record::{Figures, Record};
use crate::table::{Table, number};

/// Operations whose columns are worth the width; all are in the ratios.
const COLUMNS: [Operation; 10] = [
    Operation::Ingest,
    Operation::Repeat,
    Operation::OldRepeat,
    Operation::LargeReport,
    Operation::SmallReport,
    Operation::LargeOverview,
    Operation::SmallOverview,
    Operation::CatalogRead,
    Operation::CatalogWrite,
    Operation::Token,
];

const WIDTH: usize = 15;

/// The head of the table.
pub(crate) fn header() -> String {
    let mut line = format!("{:>8} {:>9}", "s", "events/s");
    for operation in COLUMNS {
        let _ = write!(line, " {:>WIDTH$}", operation.name());
    }
    let rest = ["MB", "files", "disk MB", "errors"];
    for (name, width) in rest.into_iter().zip([6, 6, 9, 7]) {
        let _ = write!(line, " {name:>width$}");
    }
    let length = line.len();
    format!(
        "p50 / p99 in ms from when an operation was due\n{line}\n{}\n",
        "-".repeat(length)
    )
}

/// A row: a span of time.
pub(crate) fn row(record: &Record, from: f64, to: f64, warm: bool) -> String {
    let when = match warm {
        true => format!("{to:.0}"),
        false => format!("({to:.0})"),
    };
    let mut line = format!("{when:>8} {:>9}", number(record.rate(from, to)));
    for operation in COLUMNS {
        let cell = match record.times(operation, from, to) {
            (0, _) => "–".to_owned(),
            (_, [p50, p99]) => format!("{p50:.1} / {p99:.1}"),
        };
        let _ = write!(line, " {cell:>WIDTH$}");
    }
    let held = record.last_held();
    let errors: u64 = record.errors().values().sum();
    let (memory, files, database) = (held.memory, held.files, held.database);
    let _ = writeln!(
        line,
        " {memory:>6.0} {files:>6} {database:>9.0} {errors:>7}"
    );
    line
}

/// The last quarter beside the first.
pub(crate) fn ratios(first: &Figures, last: &Figures) -> Table {
    let header = ["", "first quarter", "last quarter", "ratio"];
    let mut table = Table::new("\nIs it flat?", &header);
    for (name, first) in first {
        if let Some(last) = last.get(name) {
            let cells = [
                number(*first),
                number(*last),
                format!("{:.2}", last / first),
            ];
            let cells = cells.into_iter();
            table.row(std::iter::once(name.clone()).chain(cells).collect());
        }
    }
    table
}

/// What has grown beyond a limit.
pub(crate) fn grown(first: &Figures, last: &Figures, limit: f64) -> Vec<String> {
    let pairs = first
        .iter()
        .filter_map(|(name, first)| Some((name, last.get(name)? / first)));
    pairs
        .filter(|(_, ratio)| *ratio > limit)
        .map(|(name, ratio)| format!("{name} × {ratio:.2}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_grown_is_named() {
        let figures = |value| Figures::from([("a".to_owned(), 10.0), ("b".to_owned(), value)]);
        assert!(grown(&figures(10.0), &figures(12.0), 1.2).is_empty());
        assert_eq!(grown(&figures(10.0), &figures(13.0), 1.2), ["b × 1.30"]);
    }
}
