//! Each thing that an event can have wrong, with the code and the words of its
//! refusal, and each limit on both of its sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Format, Rejection};
use super::{HOME, OTHER, UNKNOWN, event, read, read_json};

/// The refusal of one event, given as JSON text.
fn refusal(body: &str) -> Option<Rejection> {
    let mut parsed = read_json(&format!("[{body}]"));
    assert_eq!(parsed.events, 1);
    assert_eq!(parsed.builder.len() + parsed.rejected.len(), 1, "{body}");
    parsed.rejected.pop()
}

#[track_caller]
fn assert_refused(body: &str, code: &str, message: &str) {
    let refusal = refusal(body).unwrap_or_else(|| panic!("taken: {body}"));
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (code, message),
        "{body}"
    );
}

#[track_caller]
fn refused(changes: &[(&str, Value)], code: &str, message: &str) {
    assert_refused(&event(changes).to_string(), code, message);
}

#[track_caller]
fn taken(changes: &[(&str, Value)]) {
    assert_eq!(refusal(&event(changes).to_string()), None);
}

#[test]
fn required_attributes() {
    for name in ["specversion", "id", "source", "type", "subject", "time"] {
        let missing = format!("{name} is missing");
        refused(&[(name, Value::Null)], "invalid.property", &missing);
        let mut event = event(&[]);
        event.as_object_mut().unwrap().remove(name);
        assert_refused(&event.to_string(), "invalid.property", &missing);
        let message = format!("{name} must be a string");
        for wrong in [json!(1), json!(["a"]), json!({}), json!(true)] {
            refused(&[(name, wrong)], "invalid.value", &message);
        }
    }
    refused(
        &[("specversion", json!("0.3"))],
        "invalid.value",
        "specversion must be \"1.0\"",
    );
}

#[test]
fn optional_attributes() {
    taken(&[("data", Value::Null), ("organization", Value::Null)]);
    taken(&[("voids", Value::Null), ("data_base64", Value::Null)]);
    taken(&[("traceparent", json!("00-1")), ("dataschema", json!([{}]))]);
}

#[test]
fn data_as_bytes_must_be_a_json_object() {
    let bytes = |text: &[u8]| ("data_base64", json!(STANDARD.encode(text)));
    let without = ("data", Value::Null);
    taken(&[without.clone(), bytes(b"{}")]);
    taken(&[without.clone(), bytes(b" {\"minutes\": 1.5}\n")]);
    let object = "data_base64 must hold a JSON object";
    for text in [
        &b"[]"[..],
        b"\"{}\"",
        b"{} {}",
        b"{\"a\":",
        b"{\"a\":\"\xff\"}",
        b"\0",
        b"",
    ] {
        let changes = [without.clone(), bytes(text)];
        refused(&changes, "invalid.value", object);
    }
    let changes = [without.clone(), ("data_base64", json!("e30"))];
    let base64 = "data_base64 must be Base64 (RFC 4648) with its padding";
    refused(&changes, "invalid.value", base64);
    let changes = [without, ("data_base64", json!({}))];
    refused(&changes, "invalid.value", "data_base64 must be a string");
    let both = "the event must not hold both data and data_base64";
    refused(&[bytes(b"{}")], "invalid.property", both);
    // What is in it is held to the limits of data.
    let twice = [("data", Value::Null), bytes(br#"{"a":1,"a":2}"#)];
    refused(
        &twice,
        "invalid.property",
        "data holds the name \"a\" twice",
    );
}

#[test]
fn corrections() {
    taken(&[("voids", json!("e-0"))]);
    refused(
        &[("id", json!("e-7")), ("voids", json!("e-7"))],
        "invalid.value",
        "voids must be the id of another event",
    );
    refused(
        &[("voids", json!(["e-0"]))],
        "invalid.value",
        "voids must be a string",
    );
    refused(
        &[("voids", json!(""))],
        "constraint.validation",
        "voids must be 1 to 256 bytes long, but has 0",
    );
}

#[test]
fn lengths() {
    for (name, limit) in [
        ("id", 256),
        ("source", 256),
        ("subject", 256),
        ("type", 128),
    ] {
        taken(&[(name, json!("é".repeat(limit / 2)))]);
        taken(&[(name, json!("\u{7f}"))]);
        for long in [
            String::new(),
            "x".repeat(limit + 1),
            "é".repeat(limit / 2) + "\"\"",
        ] {
            let bytes = long.len();
            let message = format!("{name} must be 1 to {limit} bytes long, but has {bytes}");
            refused(&[(name, json!(long))], "constraint.validation", &message);
        }
    }
}

#[test]
fn control_characters_and_surrogates() {
    for name in ["id", "source", "subject", "type"] {
        let message = format!("{name} must not hold control characters (U+0000 to U+001F)");
        for bad in ["a\0", "\n", "\u{1f}b"] {
            refused(&[(name, json!(bad))], "constraint.validation", &message);
        }
        let lone = event(&[(name, json!("LONE"))])
            .to_string()
            .replace("LONE", "\\ud83d");
        let message = format!("{name} holds half of a surrogate pair");
        assert_refused(&lone, "invalid.value", &message);
    }
    let lone = event(&[("LONE", json!(1))])
        .to_string()
        .replace("LONE", "\\udc00");
    assert_refused(
        &lone,
        "invalid.property",
        "an attribute's name holds half of a surrogate pair",
    );
}

#[test]
fn names_twice() {
    let with = |more: &str| {
        event(&[])
            .to_string()
            .replacen('{', &format!("{{{more},"), 1)
    };
    assert_eq!(refusal(&with("\"a\":1,\"b\":1")), None);
    let code = "invalid.property";
    assert_refused(&with("\"id\":\"e-1\""), code, "the event holds id twice");
    assert_refused(&with("\"\\u0069d\":null"), code, "the event holds id twice");
    assert_refused(
        &with("\"x\":1,\"y\":2,\"\\u0078\":3"),
        code,
        "the event holds x twice",
    );
    let data = event(&[("data", json!("DATA"))]).to_string();
    for twice in ["{\"a\":1,\"a\":1}", "{\"b\":2,\"a\":1,\"\\u0062\":2}"] {
        let name = if twice.starts_with("{\"a") { "a" } else { "b" };
        let message = format!("data holds the name \"{name}\" twice");
        assert_refused(&data.replace("\"DATA\"", twice), code, &message);
        let inner = format!("{{\"x\":[{twice}]}}");
        assert_refused(&data.replace("\"DATA\"", &inner), code, &message);
    }
}

#[test]
fn too_many_extensions() {
    let extended = |count: usize| {
        let mut event = event(&[]);
        for n in 0..count {
            event[format!("x{n}")] = json!(n);
        }
        event.to_string()
    };
    assert_eq!(refusal(&extended(64)), None);
    let message = "the event must have at most 64 extension attributes";
    assert_refused(&extended(65), "constraint.validation", message);
}

#[test]
fn times() {
    for good in [
        "2000-01-01T00:00:00Z",
        "1999-12-31T23:00:00.5-01:00",
        "2026-10-02T12:05:00.000000999Z",
        "2026-10-01T08:00:00.123456789012Z",
        "2026-10-01T10:00:00+02:00",
        "2026-10-01t08:00:00z",
    ] {
        taken(&[("time", json!(good))]);
    }
    let unreadable = "time must be RFC 3339 with its offset, such as 2026-10-01T08:00:00.000Z";
    for bad in [
        "",
        "now",
        "2026-10-01",
        "2026-10-01T08:00:00",
        "2026-13-01T08:00:00Z",
        "2026-02-29T08:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T08:60:00Z",
        "2026-10-01T08:00:00.Z",
        "2026-10-01T08:00:00,5ZZ",
        "2026-10-01T0é:00:00Z",
        "1790000000",
    ] {
        refused(&[("time", json!(bad))], "invalid.date", unreadable);
    }
    let outside = "time must lie between 2000-01-01T00:00:00Z and 5 minutes from now";
    for bad in [
        "1999-12-31T23:59:59.999999Z",
        "2026-10-02T12:05:00.000001Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2000-01-01T00:00:00+00:01",
    ] {
        refused(&[("time", json!(bad))], "invalid.date", outside);
    }
}

#[test]
fn data_limits() {
    let not_object = "data must be a JSON object";
    for wrong in [json!(1), json!("{}"), json!([]), json!(false)] {
        refused(&[("data", wrong)], "invalid.value", not_object);
    }
    // {"a":"…"} takes eight bytes beside its text.
    taken(&[("data", json!({"a": "x".repeat(4096 - 8)}))]);
    let long = "data must take at most 4096 bytes as compact JSON";
    let over = json!({"a": "x".repeat(4096 - 7)});
    refused(&[("data", over)], "constraint.validation", long);
    taken(&[("data", json!({"a": {"b": [{}]}}))]);
    let deep = "data must nest at most 4 objects and arrays, itself included";
    for over in [
        json!({"a": {"b": [[[]]]}}),
        json!({"a": {"b": {"c": {"d": {}}}}}),
    ] {
        refused(&[("data", over)], "constraint.validation", deep);
    }
    let data = event(&[("data", json!({"a": 0}))]).to_string();
    let swap = |value: &str| data.replace("{\"a\":0}", &format!("{{\"a\":{value}}}"));
    assert_eq!(refusal(&swap("1e9999")), None);
    let huge = "data holds a number beyond 1e±9999";
    assert_refused(&swap("-1e10000"), "constraint.validation", huge);
    assert_refused(
        &swap("1e-99999999999999999999"),
        "constraint.validation",
        huge,
    );
    assert_eq!(refusal(&swap("0e99999999999999999999")), None);
    let lone = "data holds half of a surrogate pair";
    assert_refused(&swap("\"\\ud800x\""), "invalid.value", lone);
}

#[test]
fn quantities_that_a_meter_of_the_type_reads() {
    let call = |data: Value| [("type", json!("call")), ("data", data)];
    taken(&call(json!({"minutes": "12.5", "seconds": 90})));
    for (data, field, meter) in [
        (Value::Null, "minutes", 2),
        (json!({"minutes": "1"}), "seconds", 3),
        (json!({"minutes": -1, "seconds": 1}), "minutes", 2),
        (
            json!({"minutes": "1.0000000001", "seconds": 1}),
            "minutes",
            2,
        ),
        (
            json!({"minutes": "1000000000000000", "seconds": 1}),
            "minutes",
            2,
        ),
        (json!({"minutes": [1], "seconds": 1}), "minutes", 2),
        (json!({"minutes": 1, "seconds": 2_678_401}), "seconds", 3),
    ] {
        let refusal = refusal(&event(&call(data)).to_string()).unwrap();
        assert_eq!(refusal.code, "invalid.value");
        let (start, end) = (format!("data.{field} "), format!(" (meter Meter {meter})"));
        assert!(refusal.message.starts_with(&start), "{}", refusal.message);
        assert!(refusal.message.ends_with(&end), "{}", refusal.message);
    }
    // Before the meters began, nobody reads the field.
    let mut early = call(json!({"minutes": "none"})).to_vec();
    early.push(("time", json!("2025-12-31T23:59:59Z")));
    taken(&early);
}

#[test]
fn organizations() {
    let named = |id: &str| json!([event(&[("organization", json!(id))])]).to_string();
    let code = |id: &str, operator| {
        let parsed = read(named(id).as_bytes(), Format::Json, operator).unwrap();
        parsed.rejected.first().map(|r| (r.code, r.message.clone()))
    };
    let not_found = |id| Some(("not.found", format!("organization {id} was not found")));
    assert_eq!(code(HOME, false), None);
    assert_eq!(code(HOME, true), None);
    assert_eq!(code(OTHER, true), None);
    assert_eq!(code(OTHER, false), not_found(OTHER));
    assert_eq!(code(UNKNOWN, false), not_found(UNKNOWN));
    assert_eq!(code(UNKNOWN, true), not_found(UNKNOWN));
    let message = "organization must be an organization's id, a UUID";
    refused(&[("organization", json!("acme"))], "invalid.value", message);
    let message = "organization must be a string";
    refused(&[("organization", json!(1))], "invalid.value", message);
}

#[test]
fn ids_are_repeated_only_when_readable() {
    let id = |id: Value| {
        refusal(&event(&[("id", id), ("time", json!(1))]).to_string())
            .unwrap()
            .id
    };
    assert_eq!(id(json!("a\"b")).as_deref(), Some("a\"b"));
    assert_eq!(id(json!("x".repeat(257))), None);
    assert_eq!(id(json!("\n")), None);
    assert_eq!(id(json!(7)), None);
    assert_eq!(refusal("{}").unwrap().id, None);
}
