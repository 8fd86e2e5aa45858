//! Fields that several tables have: ids, names, words.

use toml::Spanned;
use uuid::Uuid;

use crate::catalog::position::Source;

/// Ids are UUIDs; written any way, they are sent in the one canonical way.
pub(super) fn id(source: &Source<'_>, text: &Spanned<String>) -> anyhow::Result<String> {
    match text.get_ref().parse::<Uuid>() {
        Ok(id) => Ok(id.hyphenated().to_string()),
        Err(error) => Err(source.error(text.span().start, format!("not an id: {error}"))),
    }
}

/// A name that is an id; it becomes a segment of a path, where these mean
/// something else.
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

/// One of a few words; the server knows no others.
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
