//! Fields that several tables have: ids, names, words.

use toml::Spanned;
use uuid::Uuid;

use crate::catalog::position::Source;

/// Returns an id in the canonical notation of UUIDs.
pub(super) fn id(source: &Source<'_>, text: &Spanned<String>) -> anyhow::Result<String> {
    match text.get_ref().parse::<Uuid>() {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(error) => Err(source.error(text.span().start, format!("not an id: {error}"))),
    }
}

/// Returns a name that serves as id. It becomes a segment of a path, where an
/// empty one and dots mean something else.
pub(super) fn name(
    source: &Source<'_>,
    text: Spanned<String>,
    missing: &str,
) -> anyhow::Result<String> {
    if matches!(text.get_ref().as_str(), "" | "." | "..") {
        return Err(source.error(text.span().start, missing));
    }
    Ok(text.into_inner())
}

/// Returns one of the words that the server knows.
pub(super) fn word(
    source: &Source<'_>,
    key: &str,
    text: Spanned<String>,
    known: &[&str],
) -> anyhow::Result<String> {
    if known.contains(&text.get_ref().as_str()) {
        return Ok(text.into_inner());
    }
    let message = format!("{key} must be one of {}", known.join(", "));
    Err(source.error(text.span().start, message))
}
