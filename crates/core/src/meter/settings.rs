//! Settings of a version of a meter that are one of a few words.

use std::borrow::Cow;

/// The meaning of an event for a meter that cannot read its quantity: one that is missing,
/// is no number, or lies beyond a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unreadable {
    /// The event is refused, for all meters.
    #[default]
    Reject,
    /// The event is kept, and does not count in the meter.
    Skip,
    /// The event counts with the quantity 0.
    Zero,
}

impl Unreadable {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Reject, Self::Skip, Self::Zero];

    /// Returns the name in lower case, as the catalog spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Skip => "skip",
            Self::Zero => "zero",
        }
    }

    /// Returns the one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// The names that are one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Spelling {
    /// Those that are equal byte for byte.
    #[default]
    Exact,
    /// Those that are equal without the blanks around them and in lower case.
    Folded,
}

impl Spelling {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Folded];

    /// Returns the name in lower case, as the catalog spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Folded => "folded",
        }
    }

    /// Returns the one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Returns what all names of a resource have in common.
    ///
    /// Folded, it is the name without white space around it (`White_Space` of Unicode), in
    /// lower case by the full mappings of Unicode, those of the Rust release that the
    /// program is built with; a `ς` is a `σ`, whose capital is the same. `ẞ` becomes `ß`, not
    /// `ss`.
    #[must_use]
    pub fn key(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(name),
            Self::Folded => fold(name.trim()),
        }
    }
}

fn fold(name: &str) -> Cow<'_, str> {
    // Most names are in lower case already.
    if name.chars().all(|one| lower(one).eq([one])) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().flat_map(lower).collect())
}

const FINAL_SIGMA: char = 'ς';

/// Returns a character in lower case, wherever it stands in its word.
fn lower(character: char) -> impl Iterator<Item = char> {
    let lower = character.to_lowercase();
    lower.map(|one| if one == FINAL_SIGMA { 'σ' } else { one })
}
