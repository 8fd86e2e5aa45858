//! Reading a world of closed periods.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use toml::Table;

use exchequer_support::world::ACME;

use crate::bills::file::{load, puts, subjects};

/// Contracts, and what happens to them.
pub(super) struct Story {
    /// Paths below the catalog and bodies, in the order of sending.
    pub(super) puts: Vec<(String, Value)>,
    pub(super) steps: Vec<Step>,
}

/// What happens at one moment.
pub(super) struct Step {
    /// The time that the server's clock shows.
    pub(super) now: String,
    /// The events that arrive.
    pub(super) events: Vec<Value>,
    /// What is put.
    pub(super) changes: Vec<Change>,
    /// The correction of closed periods that follows.
    pub(super) correction: Option<Correction>,
    /// The field for which what is put is refused.
    pub(super) refused: Option<String>,
    /// What the operator asks for.
    pub(super) asked: Vec<Asked>,
    /// The entries that come of it.
    pub(super) rows: Vec<Value>,
}

/// A correction of closed periods.
pub(super) struct Correction {
    pub(super) reason: String,
    pub(super) contract: String,
    /// The terms as they are to be.
    pub(super) document: Option<Value>,
    pub(super) again: Vec<Value>,
    pub(super) from: Option<Value>,
}

/// A document of the catalog.
pub(super) struct Change {
    pub(super) path: String,
    pub(super) body: Value,
}

/// What an operator asks for a contract.
pub(super) enum Asked {
    Adjust(String),
    Close(String),
}

impl Story {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with('#'), "the world is not worked out");
        let mut table: Table = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let steps = table.remove("step").unwrap();
        let common = path.with_file_name("../bills/common.toml");
        let puts = puts(&load(&common, &table));
        let mut sent = Vec::new();
        let steps = steps.as_array().unwrap().iter();
        let steps = steps.map(|step| Step::read(step.as_table().unwrap(), &mut sent));
        Self {
            puts,
            steps: steps.collect(),
        }
    }
}

impl Step {
    fn read(step: &Table, sent: &mut Vec<Value>) -> Self {
        for key in step.keys() {
            let known = [
                "now", "usage", "void", "contract", "aliases", "product", "meter", "correct",
                "corrects", "again", "from", "close", "adjust", "refused", "rows",
            ];
            assert!(known.contains(&key.as_str()), "a step has no {key}");
        }
        let text = |name: &str| step.get(name).map(|it| it.as_str().unwrap().to_owned());
        let list = |name: &str| -> Vec<Value> {
            let value = step.get(name).map(|it| serde_json::to_value(it).unwrap());
            value.map_or_else(Vec::new, |it| it.as_array().unwrap().clone())
        };
        let mut events: Vec<Value> = list("usage")
            .iter()
            .flat_map(|it| arrived(it, sent))
            .collect();
        events.extend(list("void").iter().map(|it| void(it, sent)));
        let asked = [
            text("adjust").map(Asked::Adjust),
            text("close").map(Asked::Close),
        ];
        let mut changes = changes(step);
        let correction = text("correct").map(|reason| {
            let contract = |change: &mut Change| change.path.starts_with("contracts/");
            let terms = changes.extract_if(.., contract).next();
            let named = terms
                .as_ref()
                .map(|terms| terms.path["contracts/".len()..].to_owned());
            Correction {
                reason,
                contract: text("corrects").or(named).unwrap(),
                document: terms.map(|terms| terms.body),
                again: list("again"),
                from: step.get("from").map(day),
            }
        });
        Self {
            now: text("now").unwrap(),
            events,
            changes,
            correction,
            refused: text("refused"),
            asked: asked.into_iter().flatten().collect(),
            rows: list("rows"),
        }
    }
}

fn day(value: &toml::Value) -> Value {
    match value.as_datetime() {
        Some(day) => day.to_string().into(),
        None => value.as_str().unwrap().into(),
    }
}

/// One event for each resource of a usage.
fn arrived(usage: &Value, sent: &mut Vec<Value>) -> Vec<Value> {
    let number = sent.len();
    let events = (number..).zip(subjects(usage)).map(|(number, subject)| {
        let id = usage.get("id").and_then(Value::as_str);
        let mut event = json!({
            "specversion": "1.0", "id": id.map_or(format!("e-{number}"), str::to_owned),
            "source": "/bill", "organization": ACME, "type": usage["type"],
            "time": usage["time"], "subject": subject,
        });
        if let Some(data) = usage.get("data") {
            event["data"] = data.clone();
        }
        event
    });
    let events: Vec<Value> = events.collect();
    sent.extend(events.iter().cloned());
    events
}

/// A void of an event that was sent, which counts nothing itself.
fn void(void: &Value, sent: &mut Vec<Value>) -> Value {
    let named = ["id", "type", "time", "subject"];
    let is_meant = |event: &&Value| {
        let mut said = named.iter().filter(|name| void.get(**name).is_some());
        said.all(|name| event[*name] == void[*name])
    };
    // What is voided may come later: then the void names it.
    let event = sent.iter().find(is_meant).unwrap_or(void);
    assert!(event["id"].is_string(), "no such event was sent: {void}");
    let void = json!({
        "specversion": "1.0", "id": format!("v-{}", sent.len()), "source": "/bill",
        "organization": ACME, "type": "usage.voided", "time": event["time"], "subject": "void",
        "voids": event["id"],
    });
    sent.push(void.clone());
    void
}

/// The documents of a step, read as `exchequer apply` reads them.
fn changes(step: &Table) -> Vec<Change> {
    let mut documents = Table::new();
    for kind in ["contract", "product", "meter", "aliases"] {
        if let Some(value) = step.get(kind) {
            documents.insert(kind.to_owned(), value.clone());
        }
    }
    if documents.is_empty() {
        return Vec::new();
    }
    let none = tempfile::NamedTempFile::new().unwrap();
    let puts = puts(&load(none.path(), &documents)).into_iter();
    puts.map(|(path, body)| Change { path, body }).collect()
}
