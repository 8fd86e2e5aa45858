//! Events and instants as bytes, in one of the ways that mean the same.

use std::collections::BTreeMap;

use exchequer_core::Instant;
use serde_json::json;

use super::model::Sent;
use super::plan::{DataPlan, FIELDS, ValuePlan};

const PICOS: i128 = 1_000_000_000_000;

/// The canonical text of `data`, and the quantities that can be read in it.
pub(crate) fn canonical(plan: &DataPlan, micros_in_day: i64) -> (String, BTreeMap<String, i128>) {
    let mut read = BTreeMap::new();
    let Some(values) = plan else {
        return (String::new(), read);
    };
    let mut parts = Vec::new();
    for (name, value) in FIELDS.iter().zip(values) {
        let text = match value {
            None => continue,
            Some(ValuePlan::Unreadable(text)) => (*text).to_owned(),
            Some(ValuePlan::Text(number) | ValuePlan::Number(number)) => {
                let picos = number.picos(micros_in_day);
                read.insert((*name).to_owned(), picos);
                match value {
                    Some(ValuePlan::Text(_)) => format!("\"{}\"", decimal(picos)),
                    _ => decimal(picos),
                }
            }
        };
        parts.push(format!("\"{name}\":{text}"));
    }
    (format!("{{{}}}", parts.join(",")), read)
}

/// A number of steps of 10^-12.
pub(crate) fn decimal(picos: i128) -> String {
    let padded = format!("{}.{:012}", picos / PICOS, picos % PICOS);
    padded
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

/// An event as JSON; the style changes the bytes and not the meaning.
pub(crate) fn event(sent: &Sent, style: u8) -> String {
    let event = &sent.event;
    let time = match style & 1 {
        0 => instant(event.time),
        _ => instant_in_kolkata(event.time),
    };
    let mut parts = vec![
        "\"specversion\":\"1.0\"".to_owned(),
        format!("\"id\":{}", json!(event.id)),
        format!("\"source\":{}", json!(event.source)),
        format!("\"type\":{}", json!(event.kind)),
        format!("\"subject\":{}", json!(event.subject)),
        format!("\"time\":\"{time}\""),
        format!("\"organization\":\"{}\"", event.organization),
        format!("\"style\":{style}"),
    ];
    match (event.data.is_empty(), style & 2) {
        (false, _) => parts.push(format!("\"data\":{}", data(&event.data, style))),
        (true, 0) => {}
        (true, _) => parts.push("\"data\":null".to_owned()),
    }
    match (event.voids.is_empty(), style & 2) {
        (false, _) => parts.push(format!("\"voids\":{}", json!(event.voids))),
        (true, 0) => {}
        (true, _) => parts.push("\"voids\":null".to_owned()),
    }
    if style & 4 != 0 {
        parts.reverse();
    }
    let text = format!("{{{}}}", parts.join(","));
    match style & 8 {
        0 => text,
        _ => text.replace("\"a\"", "\"\\u0061\""),
    }
}

/// The same JSON object in other words.
fn data(canonical: &str, style: u8) -> String {
    let inner = canonical.trim_matches(['{', '}']);
    let mut fields: Vec<String> = inner
        .split(',')
        .filter(|field| !field.is_empty())
        .map(|field| match field.split_once(':') {
            Some((name, value)) if style & 16 != 0 => format!("{name} : {}", longer(value)),
            _ => field.to_owned(),
        })
        .collect();
    if style & 32 != 0 {
        fields.reverse();
    }
    format!("{{{}}}", fields.join(" ,"))
}

/// A number with an exponent or a trailing zero; anything else as it is.
fn longer(value: &str) -> String {
    let plain = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match (plain, value.contains('.')) {
        (false, _) => value.to_owned(),
        (true, true) => format!("{value}0"),
        (true, false) => format!("{value}.0e0"),
    }
}

/// An instant to the microsecond, in UTC.
pub(crate) fn instant(instant: Instant) -> String {
    format!("{}Z", clock(instant))
}

/// The same instant as a clock in Kolkata shows it.
fn instant_in_kolkata(instant: Instant) -> String {
    let ahead = 330 * 60 * 1_000_000;
    format!(
        "{}+05:30",
        clock(Instant::from_micros(instant.micros() + ahead))
    )
}

fn clock(instant: Instant) -> String {
    let micros = instant.offset_in_day();
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let seconds = seconds % 60;
    format!(
        "{}T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}",
        instant.day()
    )
}
