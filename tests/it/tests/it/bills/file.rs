//! Reading a bill.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use exchequer_cli::catalog::{self, Catalog, CatalogItem};
use serde::Serialize;
use serde_json::{Value, json};
use toml::Table;

use exchequer_support::world::ACME;

/// A contract, its usage, and what they come to.
pub(super) struct Bill {
    /// The time that the server's clock shows.
    pub(super) now: String,
    /// The period that is asked for.
    pub(super) index: i64,
    /// Paths below the catalog and bodies, in the order of sending.
    pub(super) puts: Vec<(String, Value)>,
    /// The meter of each part number, of those that have one.
    pub(super) meters: HashMap<String, String>,
    /// An array of events.
    pub(super) events: Value,
    /// The overview that must be answered.
    pub(super) expected: Value,
}

impl Bill {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with('#'), "the bill is not worked out");
        let mut table: Table = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let now = table.remove("now").unwrap();
        let index = table.remove("index").unwrap();
        let expected = table.remove("expect").unwrap();
        let usage = table.remove("usage");
        let catalog = load(&path.with_file_name("common.toml"), &table);
        let products = catalog.products.iter();
        Self {
            now: now.as_str().unwrap().to_owned(),
            index: index.as_integer().unwrap(),
            meters: products
                .filter_map(|item| Some((item.id.clone(), item.put.product.meter.clone()?)))
                .collect(),
            puts: puts(&catalog),
            events: events(usage),
            expected: serde_json::to_value(expected).unwrap(),
        }
    }
}

/// The part that is common to all bills, and the rest of this one, read as
/// `exchequer apply` reads them.
pub(crate) fn load(common: &Path, rest: &Table) -> Catalog {
    let directory = tempfile::tempdir().unwrap();
    let own: PathBuf = directory.path().join("bill.toml");
    fs::write(&own, rest.to_string()).unwrap();
    catalog::load(&[common.to_owned(), own], &|_| None)
        .unwrap_or_else(|error| panic!("{error:#}\n{rest}"))
}

pub(crate) fn puts(catalog: &Catalog) -> Vec<(String, Value)> {
    let mut puts = Vec::new();
    add(&mut puts, "organizations", &catalog.organizations);
    add(&mut puts, "meters", &catalog.meters);
    add(&mut puts, "products", &catalog.products);
    add(&mut puts, "contracts", &catalog.contracts);
    add(&mut puts, "aliases", &catalog.aliases);
    puts
}

fn add<T: Serialize>(puts: &mut Vec<(String, Value)>, kind: &str, items: &[CatalogItem<T>]) {
    puts.extend(items.iter().map(|item| {
        let body = serde_json::to_value(&item.put).unwrap();
        (format!("{kind}/{}", item.id), body)
    }));
}

/// One event for each resource of each usage.
fn events(usage: Option<toml::Value>) -> Value {
    let usage = serde_json::to_value(usage).unwrap();
    let usages = usage.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut events = Vec::new();
    for usage in usages {
        for subject in subjects(usage) {
            let mut event = json!({
                "specversion": "1.0", "id": format!("e-{}", events.len()), "source": "/bill",
                "organization": ACME, "type": usage["type"], "time": usage["time"],
                "subject": subject,
            });
            if let Some(data) = usage.get("data") {
                event["data"] = data.clone();
            }
            events.push(event);
        }
    }
    events.into()
}

pub(crate) fn subjects(usage: &Value) -> Vec<String> {
    match (usage.get("subject"), usage.get("subjects")) {
        (Some(one), None) => vec![one.as_str().unwrap().to_owned()],
        (None, count) => {
            let count = count.map_or(1, |count| count.as_u64().unwrap());
            (1..=count).map(|number| format!("s-{number}")).collect()
        }
        (Some(_), Some(_)) => panic!("either `subject` or `subjects`: {usage}"),
    }
}
