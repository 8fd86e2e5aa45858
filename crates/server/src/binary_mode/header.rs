//! The value of an attribute in a header (section 3.1.3.2 of the binding).

/// Returns the text that a header's value stands for: percent-encoded, in double quotes as
/// older versions of the binding have it, or raw. `None` if its percent-encoded bytes are
/// no UTF-8.
pub(super) fn decode(value: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        // Node writes raw values in ISO 8859-1, whose bytes are the first code points.
        Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
    };
    percent_decode(&unquote(&text))
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

/// Decodes `%` and two digits, once. A `%` without them was sent raw, and stays.
fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let decoded = (byte == b'%').then(|| pair(bytes.get(at + 1..at + 3)?));
        match decoded.flatten() {
            Some(decoded) => {
                plain.push(decoded);
                at += 3;
            }
            None => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).ok()
}

fn pair(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(digits[0])? << 4 | digit(digits[1])?;
    u8::try_from(value).ok()
}
