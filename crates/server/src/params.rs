//! Query strings and form bodies. Unknown names are ignored, and of a repeated
//! name the first counts.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::ApiError;

/// The names and values of a query string or form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode_form(name), decode_form(value))
                })
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns true if `expand`, words between commas, has this one.
    pub(crate) fn expands(&self, word: &str) -> bool {
        let expand = self.get("expand").unwrap_or_default();
        expand.split(',').any(|listed| listed.trim() == word)
    }

    /// Parses a flag: `true` or `false` in any case, false if absent. Another value is
    /// refused, because whoever sends `1` means something by it.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, ApiError> {
        match self.get(name) {
            None | Some("") => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(ApiError::invalid_param(value, name, "true, false")),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

/// Undoes form encoding. An invalid escape stays as it is, and bytes that
/// are not UTF-8 become a replacement character: such a value matches nothing.
pub(crate) fn decode_form(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let params = Params::parse("a=1&b=x%2By+z&a=2&&c&%64=%zz%4&e=%ff&f=TRUE");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), Some("x+y z"));
        assert_eq!(params.get("c"), Some(""));
        assert_eq!(params.get("d"), Some("%zz%4"));
        assert_eq!(params.get("e"), Some("\u{fffd}"));
        assert_eq!(params.get("g"), None);
    }

    #[test]
    fn a_flag_is_true_or_false() {
        let flag = |query: &str| Params::parse(query).flag("dryRun").ok();
        assert_eq!(
            (flag("dryRun=true"), flag("dryRun=TRUE")),
            (Some(true), Some(true))
        );
        assert_eq!((flag(""), flag("dryRun=")), (Some(false), Some(false)));
        assert_eq!(flag("dryRun=False"), Some(false));
        for bad in ["1", "yes", "treu"] {
            assert_eq!(flag(&format!("dryRun={bad}")), None, "{bad}");
        }
    }
}
