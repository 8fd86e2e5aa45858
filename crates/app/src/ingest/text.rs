//! Strings out of JSON text.

use std::borrow::Cow;

/// A fault of an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadEscape {
    /// Half of a surrogate pair, which is no character.
    LoneSurrogate,
    /// No escape that JSON has.
    Malformed,
}

/// Reads the escape at the start of `text`: how many bytes it takes, and the
/// character it stands for.
pub(super) fn unescape(text: &str) -> Result<(usize, char), BadEscape> {
    let letter = *text.as_bytes().get(1).ok_or(BadEscape::Malformed)?;
    let character = match letter {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return code_point(text),
        _ => return Err(BadEscape::Malformed),
    };
    Ok((2, character))
}

fn code_point(text: &str) -> Result<(usize, char), BadEscape> {
    let first = unit(text)?;
    if !(0xd800..0xe000).contains(&first) {
        let character = char::from_u32(first).ok_or(BadEscape::Malformed)?;
        return Ok((6, character));
    }
    let second = match text.get(6..) {
        Some(rest) if first < 0xdc00 && rest.starts_with("\\u") => unit(rest)?,
        _ => return Err(BadEscape::LoneSurrogate),
    };
    if !(0xdc00..0xe000).contains(&second) {
        return Err(BadEscape::LoneSurrogate);
    }
    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    let character = char::from_u32(code).ok_or(BadEscape::Malformed)?;
    Ok((12, character))
}

/// Returns the four hexadecimal digits of a `\uXXXX`.
fn unit(text: &str) -> Result<u32, BadEscape> {
    let digits = text.as_bytes().get(2..6).ok_or(BadEscape::Malformed)?;
    digits.iter().try_fold(0, |value, &digit| {
        let digit = char::from(digit).to_digit(16).ok_or(BadEscape::Malformed)?;
        Ok(value << 4 | digit)
    })
}

/// Returns the characters that escaped text stands for, up to the first bad escape.
pub(super) fn characters(mut text: &str) -> impl Iterator<Item = char> {
    std::iter::from_fn(move || {
        let first = text.chars().next()?;
        let (length, character) = match first {
            '\\' => unescape(text).ok()?,
            other => (other.len_utf8(), other),
        };
        text = &text[length..];
        Some(character)
    })
}

/// Returns the content of a JSON string, quotes and all: borrowed where nothing is
/// escaped. `None` when it is no string, or has half a surrogate pair.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}
