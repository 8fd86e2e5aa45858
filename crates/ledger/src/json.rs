//! Just enough JSON to find one field in canonical event data.

/// Returns the raw text of a top-level field of canonical JSON (no blanks, keys without
/// needless escapes): a number, a literal, or a string with its quotes. `None` if the
/// text is no object or has no such field.
///
/// A name that JSON has to escape (quotes, backslashes, control characters)
/// matches nothing; meters refuse such names.
#[must_use]
pub fn top_level_field<'a>(canonical: &'a str, name: &str) -> Option<&'a str> {
    let bytes = canonical.as_bytes();
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut at = 1;
    while bytes.get(at) == Some(&b'"') {
        let key_end = string_end(bytes, at)?;
        let value = key_end + 1;
        let value_end = value_end(bytes, value)?;
        if &bytes[at + 1..key_end - 1] == name.as_bytes() {
            return canonical.get(value..value_end);
        }
        // Behind the value stands a comma, or the closing brace ends the loop.
        at = value_end + 1;
    }
    None
}

/// Returns the position behind the closing quote of the string that opens at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            // The escaped byte may be a quote. Bytes of a longer escape are plain ones.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the position behind the value that begins at `at`.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_top_level_fields_only() {
        let data = r#"{"a":{"minutes":"9"},"b":[1,"]"],"c\"":1,"minutes":"12.5","z":7}"#;
        assert_eq!(top_level_field(data, "minutes"), Some(r#""12.5""#));
        assert_eq!(top_level_field(data, "z"), Some("7"));
        assert_eq!(top_level_field(data, "b"), Some(r#"[1,"]"]"#));
        assert_eq!(top_level_field(data, "a"), Some(r#"{"minutes":"9"}"#));
        assert_eq!(top_level_field(data, "seconds"), None);
        assert_eq!(top_level_field("", "a"), None);
        assert_eq!(top_level_field("{}", "a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text: String, tail in "[{}\\[\\],:\"\\\\a1]{0,30}") {
            let _ = top_level_field(&text, "a");
            let _ = top_level_field(&format!("{{{tail}"), "a");
        }
    }
}
