//! Event data: quantities in every notation that is read, and many that are not.

use std::collections::BTreeMap;

use exchequer_support::random_world::generate::number;
use exchequer_support::random_world::plan::Number;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) const FIELDS: [&str; 3] = ["seconds", "minutes", "tokens"];
const PICOS: i128 = 1_000_000_000_000;

/// The `data` of an event.
#[derive(Debug, Clone)]
pub(crate) struct DataPlan {
    /// Which of [`FIELDS`], each at most once.
    fields: Vec<(u8, Raw)>,
    /// Stands before the fields; holds what must not be found.
    decoy: Option<&'static str>,
}

/// The value of one field.
#[derive(Debug, Clone)]
enum Raw {
    /// A number, and how it is written.
    Number(Number, Notation),
    Unreadable(&'static str),
}

#[derive(Debug, Clone, Copy)]
enum Notation {
    Text,
    PaddedText,
    JsonNumber,
    Exponent,
}

const UNREADABLE: [&str; 14] = [
    "null",
    "\"\"",
    "\"x\"",
    "true",
    "-1",
    "\"-1\"",
    "\"+1\"",
    "\"1e3\"",
    "1e15",
    "\"1000000000000000\"",
    "[1]",
    "{\"minutes\":1}",
    "\" 1\"",
    "\"1\\u0030\"",
];
const DECOYS: [&str; 3] = [
    r#""a":{"minutes":"7","seconds":3600}"#,
    r#""a":["]}",{"seconds":"60"}],"minutes\"":5"#,
    r#""second":"90","secondss":"91","Seconds":92"#,
];

/// The text, and the quantities that a reader of it must find.
pub(crate) fn write(plan: &DataPlan, micros_in_day: i64) -> (String, BTreeMap<String, i128>) {
    let mut read = BTreeMap::new();
    let mut parts: Vec<String> = plan.decoy.iter().map(|decoy| (*decoy).to_owned()).collect();
    for (field, raw) in &plan.fields {
        let field = FIELDS[*field as usize % FIELDS.len()];
        if read.contains_key(field) || parts.iter().any(|part| part.starts_with(&key(field))) {
            continue;
        }
        let text = match raw {
            Raw::Unreadable(text) => (*text).to_owned(),
            Raw::Number(number, notation) => {
                let picos = number.picos(micros_in_day);
                read.insert(field.to_owned(), picos);
                notation.write(picos)
            }
        };
        parts.push(format!("{}{text}", key(field)));
    }
    let none = plan.fields.is_empty() && plan.decoy.is_none();
    let text = if none {
        String::new()
    } else {
        format!("{{{}}}", parts.join(","))
    };
    (text, read)
}

fn key(field: &str) -> String {
    format!("\"{field}\":")
}

impl Notation {
    fn write(self, picos: i128) -> String {
        let padded = format!("{}.{:012}", picos / PICOS, picos % PICOS);
        let short = padded.trim_end_matches('0').trim_end_matches('.');
        match self {
            Notation::Text => format!("\"{short}\""),
            Notation::PaddedText => format!("\"{padded}\""),
            Notation::JsonNumber => short.to_owned(),
            Notation::Exponent => format!("{picos}e-12"),
        }
    }
}

fn raw() -> impl Strategy<Value = Raw> {
    let notation = select(vec![
        Notation::Text,
        Notation::PaddedText,
        Notation::JsonNumber,
        Notation::Exponent,
    ]);
    prop_oneof![
        12 => (number(), notation).prop_map(|(number, notation)| Raw::Number(number, notation)),
        1 => select(UNREADABLE.to_vec()).prop_map(Raw::Unreadable),
    ]
}

pub(crate) fn data() -> impl Strategy<Value = DataPlan> {
    let field = prop_oneof![3 => Just(0u8), 2 => 0..FIELDS.len() as u8];
    let fields = proptest::collection::vec((field, raw()), 0..4);
    let decoy = proptest::option::weighted(0.2, select(DECOYS.to_vec()));
    (fields, decoy).prop_map(|(fields, decoy)| DataPlan { fields, decoy })
}
