//! Refusals of documents.

use crate::error::{Error, Fault};

/// A part of a document, or the refusal of the document.
pub(super) type DocumentResult<T> = Result<T, InvalidDocument>;

/// Refuses a document: a field breaks a rule; the text names both.
pub(super) fn refuse<T>(field: &'static str, rule: impl std::fmt::Display) -> DocumentResult<T> {
    Err(InvalidDocument::rule(field, rule))
}

/// A fault of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct InvalidDocument {
    /// The field at fault.
    pub field: &'static str,
    /// The fault; it names the place.
    pub why: Fault,
}

impl InvalidDocument {
    /// Returns the refusal of a document of which a field breaks a rule; the text names both.
    pub(super) fn rule(field: &'static str, rule: impl std::fmt::Display) -> Self {
        let why = Fault::Rule(rule.to_string());
        Self { field, why }
    }

    /// Returns the refusal with the part of the document that it is about before it.
    pub(super) fn within(self, part: impl std::fmt::Display) -> Self {
        let Self { field, why } = self;
        Self::rule(field, format!("{part}: {why}"))
    }
}

impl From<InvalidDocument> for Error {
    fn from(InvalidDocument { field, why }: InvalidDocument) -> Self {
        Self::Invalid { field, why }
    }
}
