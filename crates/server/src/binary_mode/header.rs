//! The value of an attribute in a header (section 3.1.3.2 of the binding).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Returns the text that a header's value stands for: percent-encoded, in double quotes as
/// older versions of the binding have it, or raw. `None` if its percent-encoded bytes are
/// no UTF-8.
pub(super) fn decode(value: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        // Node writes raw values in ISO 8859-1, whose bytes are the first code points.
        Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
    };
    let unquoted = unquote(&text);
    // A `%` without two digits was sent raw, and stays.
    let plain = percent_decode_str(&unquoted).decode_utf8();
    plain.ok().map(Cow::into_owned)
}

/// Takes off the double quotes of a quoted string (RFC 9110, section 5.6.4).
fn unquote(text: &str) -> String {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut characters = inner.chars();
    let mut plain = String::with_capacity(inner.len());
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}
