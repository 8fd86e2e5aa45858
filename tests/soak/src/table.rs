//! The rows that a soak prints as it goes on.

use std::fmt::Write as _;

use crate::operation::Operation;
use crate::record::Record;

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
    let mut line = format!("{when:>8} {:>9.0}", record.rate(from, to));
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
