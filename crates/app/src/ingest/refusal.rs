//! The words of rejections.

use std::borrow::Cow;

use super::canonical::Flaw;
use crate::limits::{MAX_DATA, MAX_DATA_DEPTH, MAX_EXPONENT, QUOTED};

/// The code and message with which an event is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self::new("bad.request", message)
    }

    pub(super) fn property(message: impl Into<String>) -> Self {
        Self::new("invalid.property", message)
    }

    pub(super) fn value(message: impl Into<String>) -> Self {
        Self::new("invalid.value", message)
    }

    pub(super) fn constraint(message: impl Into<String>) -> Self {
        Self::new("constraint.validation", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("not.found", message)
    }

    pub(super) fn date(message: impl Into<String>) -> Self {
        Self::new("invalid.date", message)
    }

    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Says what is wrong with an event's `data`.
    pub(super) fn data(flaw: Flaw) -> Self {
        match flaw {
            Flaw::TooLong => Self::constraint(format!(
                "data must take at most {} bytes as compact JSON",
                MAX_DATA
            )),
            Flaw::TooDeep => Self::constraint(format!(
                "data must nest at most {} objects and arrays, itself included",
                MAX_DATA_DEPTH
            )),
            Flaw::TwiceNamed(name) => {
                Self::property(format!("data holds the name {} twice", shorten(&name)))
            }
            Flaw::LoneSurrogate => Self::value("data holds half of a surrogate pair"),
            Flaw::Exponent => {
                Self::constraint(format!("data holds a number beyond 1e±{}", MAX_EXPONENT))
            }
            Flaw::Malformed => Self::value("data is not valid JSON"),
        }
    }
}

/// Cuts what is quoted from a sender to a readable length.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
