//! Writing paths of this API.

/// Escapes what may not stand in a path segment or query value.
pub(crate) fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut escaped, byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                escaped.push(char::from(byte));
            } else {
                // Writing into a string cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_special_is_escaped() {
        assert_eq!(escape("voice minutes/é~1"), "voice%20minutes%2F%C3%A9~1");
    }
}
