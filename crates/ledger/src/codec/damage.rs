//! The error of a stored blob that does not fit its format.

use std::borrow::Cow;

/// The reason why a blob cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(Cow<'static, str>);

impl Damage {
    pub(crate) const fn new(why: &'static str) -> Self {
        Self(Cow::Borrowed(why))
    }
}
