//! The tables that are printed at the end.

mod ingestion;
mod reports;

use crate::collected::Collected;
use crate::table::{Table, number};

/// All tables that have figures.
pub(crate) fn tables(collected: &Collected) -> Vec<Table> {
    let tables = [
        ingestion::ingestion(collected),
        ingestion::times(collected),
        ingestion::bytes(collected),
        reports::reports(collected),
        reports::breakdowns(collected),
        reports::overviews(collected),
        reports::growth(collected),
        reports::curve(collected),
        named(
            collected,
            "Where the time goes: the store's threads, CPU s per million events",
            "store.thread.",
        ),
        named(
            collected,
            "Where the time goes: the server's threads, CPU s per million events",
            "http.thread.",
        ),
        named(
            collected,
            "Where the time goes: steps of the ledger alone on one core, s per million events",
            "stage.",
        ),
        steps_of_the_floor(collected),
        crate::targets::table(collected),
    ];
    tables
        .into_iter()
        .filter(|table| !table.is_empty())
        .collect()
}

fn cell(collected: &Collected, name: &str) -> String {
    collected
        .median(name)
        .map_or_else(|| "-".to_owned(), number)
}

fn span(collected: &Collected, name: &str) -> String {
    let text = |(low, high): (f64, f64)| format!("{} to {}", number(low), number(high));
    collected.spread(name).map_or_else(|| "-".to_owned(), text)
}

fn named(collected: &Collected, title: &str, prefix: &str) -> Table {
    let mut table = Table::new(title, &["", "median", "of the runs"]);
    for rest in collected.below(prefix) {
        let name = format!("{prefix}{rest}");
        table.row(vec![
            rest.to_owned(),
            cell(collected, &name),
            span(collected, &name),
        ]);
    }
    table
}

fn steps_of_the_floor(collected: &Collected) -> Table {
    let title = "Where the time goes: the floor, wall s per million events";
    let mut table = Table::new(title, &["", "median", "of the runs"]);
    for (label, name) in [
        ("read the input", "floor.read"),
        ("identities", "floor.identity"),
        ("rollups", "floor.roll_up"),
        ("append and sync", "floor.append"),
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
