//! The words of rejections.

use std::borrow::Cow;

use super::canonical::Flaw;
use crate::limits::{MAX_DATA, MAX_DATA_DEPTH, MAX_EXPONENT, QUOTED};

/// The code and message with which an event is rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    /// The attribute at fault, where it is one.
    pub(super) field: Option<&'static str>,
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
            field: None,
            message: message.into(),
        }
    }

    /// Names the attribute at fault.
    pub(super) fn at(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Refuses an event that takes a permission which the client lacks.
    pub(super) fn missing_permission(field: &'static str, message: &'static str) -> Self {
        Self::new("missing.any.permissions", message).at(field)
    }

    /// Refuses an event of a source that is none of the client's.
    pub(super) fn foreign_source(source: &str) -> Self {
        let source = shorten(source);
        let message = format!("source {source} is none of those that the client may send under");
        Self::new("not.authorized", message).at("source")
    }

    /// Says what is wrong with an event's `data`.
    pub(super) fn data(flaw: Flaw) -> Self {
        let refusal = match flaw {
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
        };
        refusal.at("data")
    }
}

/// Cuts what is quoted from a sender to a readable length.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
