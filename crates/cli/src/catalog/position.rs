//! Positions in a file, for messages.

use std::path::Path;

use crate::exit::usage;

/// The text of one file and its name.
pub(crate) struct Source<'a> {
    path: &'a Path,
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    /// Takes the text of a file that was read.
    pub(crate) fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text }
    }

    /// Returns `FILE:LINE` of a byte offset.
    pub(crate) fn at(&self, offset: usize) -> String {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|&&byte| byte == b'\n').count();
        format!("{}:{line}", self.path.display())
    }

    /// Returns an error that points at a byte offset.
    pub(crate) fn error(&self, offset: usize, message: impl std::fmt::Display) -> anyhow::Error {
        usage(format!("{}: {message}", self.at(offset)))
    }

    /// Returns an error of the TOML parser with its position.
    pub(crate) fn toml_error(&self, error: &toml::de::Error) -> anyhow::Error {
        let message = error.message();
        match error.span() {
            Some(span) => self.error(span.start, message),
            None => usage(format!("{}: {message}", self.path.display())),
        }
    }
}
