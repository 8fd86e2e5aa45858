//! The parts of an event that reach the ledger.

use exchequer_core::{Instant, MeterSet, OrganizationId};
use serde_json::{Value, json};

use super::super::canonical::Canonicalizer;
use super::super::context::IngestContext;
use super::super::event::{Attributes, validate};
use super::super::sender::Sender;
use super::super::time;
use super::{HOME, OTHER, event, organization, read, today};
use crate::ingest::Format;

/// Source, id, type, subject, time and data of an event that passes.
fn content(event: &Value) -> (String, Option<OrganizationId>, i64, String) {
    let attributes: Vec<(String, String)> = event
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (format!("\"{name}\""), value.to_string()))
        .collect();
    let mut gathered = Attributes::default();
    for (name, value) in &attributes {
        gathered.set(name, value);
    }
    let context = IngestContext {
        now: today(),
        home: organization(HOME),
        operator: true,
        sender: Sender::UNBOUND,
        meters: &MeterSet::default(),
        partitions: exchequer_ledger::Partitions::ONE,
        organization_exists: &|_| true,
    };
    let mut data = "left over".to_owned();
    let valid = validate(
        &mut gathered,
        &context,
        &mut Canonicalizer::default(),
        &mut data,
    );
    let event = valid.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert!(!event.metered);
    let text = [event.source, event.id, event.kind, event.subject].join("|");
    (text, event.organization, event.time.micros(), data)
}

#[test]
fn attributes_arrive_decoded() {
    let sent = event(&[
        ("id", json!("a\"\\b")),
        ("organization", json!(OTHER.to_uppercase())),
        (
            "data",
            json!({"z": {"b": 1.50, "a": "é\u{1}/"}, "minutes": "12.50"}),
        ),
    ]);
    let (text, named, _, data) = content(&sent);
    assert_eq!(text, "/pbx/eu-1|a\"\\b|user.login|ada@example.com");
    assert_eq!(named, Some(organization(OTHER)));
    assert_eq!(
        data,
        "{\"minutes\":\"12.50\",\"z\":{\"a\":\"é\\u0001/\",\"b\":1.5}}"
    );
}

#[test]
fn absent_data_is_empty_and_empty_data_is_not() {
    let data = |data: Value| content(&event(&[("data", data)])).3;
    assert_eq!(data(Value::Null), "");
    assert_eq!(data(json!({})), "{}");
}

#[test]
fn data_as_bytes_is_the_same_content() {
    // {"minutes": 2.50, "a": 1}
    let bytes = json!("eyJtaW51dGVzIjogMi41MCwgImEiOiAxfQ==");
    let sent = event(&[("data", Value::Null), ("data_base64", bytes)]);
    assert_eq!(content(&sent).3, r#"{"a":1,"minutes":2.5}"#);
}

#[test]
fn times_are_cut_to_microseconds() {
    let noon = today().micros() + 12 * 3_600_000_000;
    for (text, micros) in [
        ("2026-10-02T12:00:00Z", 0),
        ("2026-10-02T14:30:00+02:30", 0),
        ("2026-10-02T11:00:00.0-01:00", 0),
        ("2026-10-02T12:00:00.9Z", 900_000),
        ("2026-10-02T12:00:00.0123456Z", 12_345),
        ("2026-10-02T12:00:00.9999999999999999Z", 999_999),
        ("2026-10-02T13:00:00.999999999+01:00", 999_999),
    ] {
        let expected = Instant::from_micros(noon + micros);
        assert_eq!(time::parse(text), Some(expected), "{text}");
    }
}

#[test]
fn times_without_seconds_and_leap_seconds_are_refused() {
    for text in [
        "2026-10-02T12:00Z",
        "2026-10-02T12:00+02:00",
        "2026-10-02T12Z",
        "2026-10-02",
        "20261002T120000Z",
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.5Z",
        "2017-01-01T00:59:60+01:00",
        "2026-10-02T12:00:61Z",
        "2026-10-02T12:00:00",
        "2026-10-02T12:00:00.Z",
        "2026-10-02T12:00:00Z[UTC]",
        "2026-10-02T24:00:00Z",
        "2026-10-02T12:60:00Z",
        "+002026-10-02T12:00:00Z",
        " 2026-10-02T12:00:00Z",
    ] {
        assert_eq!(time::parse(text), None, "{text}");
    }
    for text in [
        "2026-10-02T12:00:59Z",
        "2026-10-02 12:00:59z",
        "2026-10-02t13:00:59+01:00",
    ] {
        assert!(time::parse(text).is_some(), "{text}");
    }
}

#[test]
fn both_ways_of_reading_a_time_agree() {
    for day in 0..400 {
        let micros = today().micros() - day * 86_399_123_457;
        let timestamp = jiff::Timestamp::from_microsecond(micros).unwrap();
        let expected = Some(Instant::from_micros(micros));
        let utc = timestamp.to_string();
        assert_eq!(time::parse(&utc), expected, "{utc}");
        assert_eq!(time::parse(&utc.replace('Z', "+00:00")), expected, "{utc}");
    }
}

#[test]
fn what_is_finer_than_a_microsecond_is_cut_towards_the_past_on_both_ways() {
    let last = Some(Instant::from_micros(-1));
    for text in [
        "1969-12-31T23:59:59.9999999Z",
        "1969-12-31t23:59:59.9999999Z",
        "1970-01-01T00:59:59.9999999+01:00",
    ] {
        assert_eq!(time::parse(text), last, "{text}");
    }
}

#[test]
fn an_operator_mixes_organizations_in_one_batch() {
    let events: Vec<_> = [HOME, OTHER, OTHER, HOME]
        .iter()
        .map(|id| event(&[("organization", json!(id))]))
        .collect();
    let body = json!(events).to_string();
    let parsed = read(body.as_bytes(), Format::Json, true).unwrap();
    assert_eq!(parsed.indices, [0, 1, 2, 3]);
    assert_eq!(parsed.builder.len(), 4);
    let parsed = read(body.as_bytes(), Format::Json, false).unwrap();
    assert_eq!(parsed.indices, [0, 3]);
}
