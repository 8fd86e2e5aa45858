//! Events as requests: JSON, NDJSON, and the canonical form of `data`.

use exchequer_app::ingest::{Format, Parsed};
use exchequer_ledger::Batch;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::input::{key, read};

/// A JSON body, and the same events as NDJSON.
pub(crate) fn json(body: &[u8]) {
    let Ok(parsed) = read(body, Format::Json) else {
        return;
    };
    let lines = lines(unmarked(body));
    assert_eq!(parsed.events as usize, lines.len());
    let ids = |parsed: &Parsed, body: &[u8]| -> Vec<String> {
        let pushed = 0..parsed.indices.len();
        pushed.map(|at| parsed.ids.get(at, body)).collect()
    };
    let before = ids(&parsed, body);
    let body = lines.join(&b"\n"[..]);
    let again = read(&body, Format::Ndjson).expect("the same events as NDJSON");
    assert_eq!(parsed.events, again.events);
    assert_eq!(parsed.indices, again.indices);
    assert_eq!(parsed.unmetered, again.unmetered);
    assert_eq!(parsed.skipped, again.skipped);
    assert_eq!(parsed.rejected, again.rejected);
    assert_eq!(before, ids(&again, &body));
    let (first, second) = (stored(parsed), stored(again));
    assert_eq!(first, second);
}

/// A body without the byte order mark that may come before it.
fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// Each event of a body that was read, on one line. A line break cannot be
/// anything but a blank in JSON.
fn lines(body: &[u8]) -> Vec<Vec<u8>> {
    let events: Vec<&RawValue> = serde_json::from_slice(body)
        .or_else(|_| serde_json::from_slice(body).map(|one| vec![one]))
        .expect("a body that was read");
    let on_a_line = |event: &&RawValue| {
        let bytes = event.get().bytes();
        bytes
            .map(|byte| {
                if matches!(byte, b'\n' | b'\r') {
                    b' '
                } else {
                    byte
                }
            })
            .collect()
    };
    events.iter().map(on_a_line).collect()
}

/// An NDJSON body; each of its lines must fare as it would alone.
pub(crate) fn ndjson(body: &[u8]) {
    let blank = |line: &&[u8]| line.iter().all(|byte| b" \t\r".contains(byte));
    let lines: Vec<&[u8]> = unmarked(body)
        .split(|byte| *byte == b'\n')
        .filter(|line| !blank(line))
        .collect();
    let Ok(parsed) = read(body, Format::Ndjson) else {
        assert!(lines.len() > 10_000, "only too many lines are refused");
        return;
    };
    assert_eq!(parsed.events as usize, lines.len());
    assert_eq!(
        parsed.events as usize,
        parsed.indices.len() + parsed.rejected.len()
    );
    for (index, line) in lines.iter().enumerate().take(8) {
        // A byte order mark is one only before everything else, so a line that
        // begins with it must not come first.
        let alone = [b"\n", *line].concat();
        let alone = read(&alone, Format::Ndjson).expect("one line");
        let refused = parsed.rejected.iter().find(|it| it.index as usize == index);
        match (alone.rejected.first(), refused) {
            (None, None) => {}
            (Some(alone), Some(refused)) => {
                assert_eq!(
                    (alone.code, &alone.message),
                    (refused.code, &refused.message)
                );
            }
            (alone, refused) => panic!("{alone:?} alone and {refused:?} among others"),
        }
    }
    stored(parsed);
    // The command leaves out what is no event, and counts the others alike.
    if let Some(file) = exchequer_cli::fuzz::ndjson(body) {
        let sent = read(&file.events.join(&b"\n"[..]), Format::Ndjson);
        let sent = sent.map(|it| it.events as usize);
        assert!(sent.is_err() || sent == Ok(file.events.len()));
    }
}

/// The stored form, which must come back as it is.
fn stored(parsed: Parsed) -> Vec<u8> {
    let taken = parsed.indices.len();
    assert_eq!(parsed.unmetered.len(), taken);
    assert_eq!(parsed.skipped.len(), taken);
    let mut shares = parsed.builder.build(&key()).into_shares();
    let Some(share) = shares.pop() else {
        assert_eq!(taken, 0);
        return Vec::new();
    };
    let blob = share.blob;
    let batch = Batch::decode(&blob, &key()).expect("what was just stored");
    assert_eq!(batch.len(), taken);
    assert_eq!(batch.encode(), blob);
    blob
}

/// JSON in its canonical form: it means the same, and is canonical already.
pub(crate) fn canonical(json: &[u8]) {
    let Ok(json) = std::str::from_utf8(json) else {
        return;
    };
    let canonical = exchequer_app::fuzz::canonical(json);
    // The server writes only what serde_json has accepted before.
    let Ok(meant) = serde_json::from_str::<Value>(json) else {
        return;
    };
    let Ok(canonical) = canonical else {
        return;
    };
    assert_eq!(
        exchequer_app::fuzz::canonical(&canonical).as_ref(),
        Ok(&canonical)
    );
    let kept = serde_json::from_str(&canonical).expect("canonical JSON");
    assert!(same(&meant, &kept), "{json} became {canonical}");
}

/// Numbers only by and large: serde_json rounds long ones in its own way.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64(), b.as_f64());
            let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
            a == b || (a - b).abs() <= a.abs() * 1e-12
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let mut both = a.iter().zip(b);
            a.len() == b.len() && both.all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        _ => a == b,
    }
}
