//! Layouts of a body: which are refused, which are not, and in which order.

use serde_json::{Value, json};

use super::super::{BodyError, Format};
use super::{event, outcome, read, read_json};
use crate::error::{Error, Fault};
use crate::limits::{MAX_BODY, MAX_EVENTS};

/// Events of which the second and fourth are bad in their own ways.
fn mixed() -> Vec<Value> {
    vec![
        event(&[("id", json!("a"))]),
        event(&[("id", json!("b")), ("subject", json!(7))]),
        event(&[("id", json!("c")), ("type", json!("unheard.of"))]),
        json!("no event"),
        event(&[("id", json!("d\u{e9}"))]),
    ]
}

fn lines(events: &[Value], end: &str) -> String {
    events.iter().map(|event| format!("{event}{end}")).collect()
}

/// The answer to a body that is refused: the server answers 400 or 413.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Unreadable,
    TooMany,
}

fn fault(error: Option<BodyError>) -> Option<Kind> {
    match Error::from(error?) {
        Error::Invalid { why, .. } => match why {
            Fault::Unreadable(_) => Some(Kind::Unreadable),
            Fault::TooMany { .. } => Some(Kind::TooMany),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn bad_events_do_not_sink_the_others() {
    let body = json!(mixed()).to_string();
    let parsed = read_json(&body);
    assert_eq!(parsed.events, 5);
    assert_eq!(parsed.builder.len(), 3);
    assert_eq!(parsed.indices, [0, 2, 4]);
    assert_eq!(parsed.unmetered, [false, true, false]);
    let ids: Vec<_> = (0..3).map(|n| parsed.ids.get(n, body.as_bytes())).collect();
    assert_eq!(ids, ["a", "c", "d\u{e9}"]);
    let rejected: Vec<_> = parsed
        .rejected
        .iter()
        .map(|r| (r.index, r.id.as_deref(), r.code))
        .collect();
    assert_eq!(
        rejected,
        [(1, Some("b"), "invalid.value"), (3, None, "invalid.value")]
    );
}

#[test]
fn lines_and_arrays_are_answered_alike() {
    let array = json!(mixed()).to_string();
    let expected = outcome(&read_json(&array), array.as_bytes());
    for end in ["\n", "\r\n", "\n\n \t\r\n"] {
        let body = lines(&mixed(), end);
        let parsed = read(body.as_bytes(), Format::Ndjson, false).unwrap();
        assert_eq!(outcome(&parsed, body.as_bytes()), expected, "{end:?}");
    }
}

#[test]
fn one_object_is_one_event() {
    let body = event(&[]).to_string();
    let array = format!(" [{body}] ");
    let (one, many) = (read_json(&body), read_json(&array));
    assert_eq!(
        outcome(&one, body.as_bytes()),
        outcome(&many, array.as_bytes())
    );
    assert_eq!(one.indices, [0]);
}

#[test]
fn no_events_are_no_error() {
    assert_eq!(read_json("[]").events, 0);
    for body in ["", "\n", " \r\n\t"] {
        let parsed = read(body.as_bytes(), Format::Ndjson, false).unwrap();
        assert_eq!(parsed.events, 0);
    }
}

#[test]
fn a_syntax_error_refuses_a_json_body() {
    let good = event(&[]).to_string();
    let bodies = [
        String::new(),
        "{".to_owned(),
        format!("[{good}"),
        format!("[{good},]"),
        format!("[{good}]]"),
        format!("{good}{good}"),
        format!("[{good},{{\"id\":\"a\u{1}\"}}]"),
    ];
    for body in bodies {
        let error = read(body.as_bytes(), Format::Json, false).err();
        assert!(
            matches!(error, Some(BodyError::Syntax { .. })),
            "{body}: {error:?}"
        );
        assert_eq!(fault(error), Some(Kind::Unreadable));
    }
}

#[test]
fn a_scalar_body_is_refused() {
    for body in ["1", "-1", "1.5", "\"a\"", "true", "null"] {
        let error = read(body.as_bytes(), Format::Json, false).err();
        assert_eq!(error, Some(BodyError::NotEvents), "{body}");
    }
}

#[test]
fn a_body_that_is_not_utf8_is_refused() {
    let error = read(b"[\"\xff\"]", Format::Json, false).err();
    assert_eq!(error, Some(BodyError::NotUtf8 { offset: 2 }));
}

#[test]
fn a_bad_line_is_one_refused_index() {
    let good = event(&[]).to_string();
    let mut body = format!("{good}\n{{\"id\":\n{good} {good}\n\n[{good}]\n").into_bytes();
    body.extend_from_slice(b"\"\xff\"\n");
    body.extend_from_slice(good.as_bytes());
    let parsed = read(&body, Format::Ndjson, false).unwrap();
    assert_eq!(parsed.indices, [0, 5]);
    let rejected: Vec<_> = parsed.rejected.iter().map(|r| (r.index, r.code)).collect();
    assert_eq!(
        rejected,
        [
            (1, "bad.request"),
            (2, "bad.request"),
            (3, "invalid.value"),
            (4, "bad.request"),
        ]
    );
    assert!(parsed.rejected[0].message.contains("column"));
    assert!(parsed.rejected[3].message.contains("UTF-8"));
}

#[test]
fn too_many_events_are_refused_as_a_whole() {
    let limit = MAX_EVENTS as usize;
    let error = Some(BodyError::TooManyEvents { limit: MAX_EVENTS });
    let array = |count: usize| format!("[{}]", vec!["1"; count].join(","));
    assert_eq!(read_json(&array(limit)).events, MAX_EVENTS);
    let over = read(array(limit + 1).as_bytes(), Format::Json, false).err();
    assert_eq!(over, error);
    assert_eq!(fault(over), Some(Kind::TooMany));
    let at = read("1\n\n".repeat(limit).as_bytes(), Format::Ndjson, false).unwrap();
    assert_eq!(at.events, MAX_EVENTS);
    let over = read("1\n".repeat(limit + 1).as_bytes(), Format::Ndjson, false).err();
    assert_eq!(over, error);
}

#[test]
fn too_large_a_body_is_refused() {
    let body = vec![b'\n'; MAX_BODY + 1];
    let error = read(&body, Format::Ndjson, false).err();
    assert_eq!(error, Some(BodyError::TooLarge { limit: MAX_BODY }));
    assert!(read(&body[..MAX_BODY], Format::Ndjson, false).is_ok());
}

#[test]
fn deep_nesting_is_survived() {
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    let refused = [
        format!("[{deep}]"),
        format!("[{{\"id\":{deep}}}]"),
        format!("[{{\"x\":{deep}}}]"),
    ];
    for body in refused {
        assert_eq!(read_json(&body).rejected.len(), 1);
    }
    assert_eq!(read_json(&deep).rejected.len(), 1);
}
