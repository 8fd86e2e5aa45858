//! Bodies that no honest client sends: whatever comes, every event is answered
//! once and nothing panics.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::super::{Format, Parsed};
use super::{event, outcome, read};

/// A good event, a bad one, or a good one with some bytes changed.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let good = (0..9u32).prop_map(|n| event(&[("id", json!(format!("e-{n}")))]).to_string());
    let call = any::<i32>().prop_map(|n| {
        let data = json!({"minutes": n.to_string(), "seconds": n});
        event(&[("type", json!("call")), ("data", data)]).to_string()
    });
    let sound = prop_oneof![good, call].prop_map(String::into_bytes);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let broken = (sound.clone(), edits).prop_map(|(mut line, edits)| {
        for (place, byte) in edits {
            let place = place.index(line.len());
            line[place] = byte;
        }
        line.retain(|byte| *byte != b'\n');
        line
    });
    let odd = prop_oneof!["\\PC{0,20}", "[\\[\\]{}\",:0-9 a]{0,20}", " {0,3}\r?"];
    prop_oneof![3 => sound, 3 => broken, 1 => odd.prop_map(String::into_bytes)]
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| b" \t\r".contains(byte))
}

/// Every index of the request is answered once, and each list is in order.
fn check_indices(parsed: &Parsed) -> Result<(), TestCaseError> {
    let rejected: Vec<_> = parsed.rejected.iter().map(|r| r.index).collect();
    prop_assert!(parsed.indices.is_sorted() && rejected.is_sorted());
    prop_assert_eq!(parsed.builder.len(), parsed.indices.len());
    prop_assert_eq!(parsed.unmetered.len(), parsed.indices.len());
    let answered: BTreeSet<_> = parsed.indices.iter().chain(&rejected).copied().collect();
    prop_assert_eq!(answered.len(), parsed.indices.len() + rejected.len());
    prop_assert_eq!(
        answered.into_iter().collect::<Vec<_>>(),
        (0..parsed.events).collect::<Vec<_>>()
    );
    Ok(())
}

proptest! {
    #[test]
    fn each_line_is_answered_as_if_alone(lines in prop::collection::vec(lines(), 0..8)) {
        let body = lines.join(&b'\n');
        let parsed = read(&body, Format::Ndjson, false).unwrap();
        check_indices(&parsed)?;
        let full: Vec<_> = lines.into_iter().filter(|line| !is_blank(line)).collect();
        prop_assert_eq!(parsed.events as usize, full.len());
        let answers = outcome(&parsed, &body);
        let mut taken = answers["taken"].as_array().unwrap().iter();
        let mut rejected = answers["rejected"].as_array().unwrap().iter();
        for (index, line) in full.iter().enumerate() {
            let alone = outcome(&read(line, Format::Ndjson, false).unwrap(), line);
            if let Some(mut expected) = alone["taken"].get(0).cloned() {
                expected["index"] = json!(index);
                prop_assert_eq!(taken.next(), Some(&expected));
            } else {
                let mut expected = alone["rejected"][0].clone();
                expected[0] = json!(index);
                prop_assert_eq!(rejected.next(), Some(&expected));
            }
        }
    }

    #[test]
    fn an_array_is_answered_as_its_lines(lines in prop::collection::vec(lines(), 0..8)) {
        let array = [b"[", &*lines.join(&b','), b"]"].concat();
        let Ok(parsed) = read(&array, Format::Json, false) else {
            return Ok(());
        };
        check_indices(&parsed)?;
        // A broken line may hold a comma of its own; then the counts differ.
        if parsed.events as usize == lines.len() {
            let body = lines.join(&b'\n');
            let by_line = read(&body, Format::Ndjson, false).unwrap();
            prop_assert_eq!(outcome(&parsed, &array), outcome(&by_line, &body));
        }
    }

    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        soup in "[\\[\\]{}\",:0-9eE.+\\-truefalsnid\\\\u \n\u{e9}]{0,60}",
    ) {
        for body in [&bytes[..], soup.as_bytes()] {
            if let Ok(parsed) = read(body, Format::Json, true) {
                check_indices(&parsed)?;
            }
            check_indices(&read(body, Format::Ndjson, true).unwrap())?;
        }
    }
}
