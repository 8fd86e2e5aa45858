//! Values of attributes: read out of JSON text and held to their bounds.

use std::borrow::Cow;

use exchequer_core::{Day, Instant, MICROS_PER_SECOND};

use super::refusal::Refusal;
use super::{text, time};
use crate::limits::AHEAD_MINUTES;

/// Reads an attribute that must be there, a string of 1 to `limit` bytes
/// without control characters.
pub(super) fn read_text<'j>(
    field: &'static str,
    raw: Option<&'j str>,
    limit: usize,
) -> Result<Cow<'j, str>, Refusal> {
    let value = read_string(field, raw)?;
    if value.is_empty() || value.len() > limit {
        return Err(Refusal::constraint(format!(
            "{field} must be 1 to {limit} bytes long, but has {}",
            value.len()
        ))
        .at(field));
    }
    // JSON allows control characters only as escapes, and what has an escape
    // had to be decoded.
    if matches!(value, Cow::Owned(_)) && value.bytes().any(|byte| byte < 0x20) {
        return Err(Refusal::constraint(format!(
            "{field} must not hold control characters (U+0000 to U+001F)"
        ))
        .at(field));
    }
    Ok(value)
}

/// Reads an attribute that must be there and a string.
pub(super) fn read_string<'j>(
    field: &'static str,
    raw: Option<&'j str>,
) -> Result<Cow<'j, str>, Refusal> {
    let missing = || Refusal::property(format!("{field} is missing")).at(field);
    let raw = raw.ok_or_else(missing)?;
    if !raw.starts_with('"') {
        return Err(Refusal::value(format!("{field} must be a string")).at(field));
    }
    let half = || Refusal::value(format!("{field} holds half of a surrogate pair")).at(field);
    text::decode(raw).ok_or_else(half)
}

/// Reads the event's time and holds it to its bounds.
pub(super) fn read_time(raw: Option<&str>, now: Instant) -> Result<Instant, Refusal> {
    let value = read_string("time", raw)?;
    let Some(time) = time::parse(&value) else {
        return Err(Refusal::date(
            "time must be RFC 3339 with its offset, such as 2026-10-01T08:00:00.000Z",
        )
        .at("time"));
    };
    let first = Day::from_ymd(2000, 1, 1).expect("a day of the calendar");
    let ahead = AHEAD_MINUTES * 60 * MICROS_PER_SECOND;
    if time < first.start() || time.micros() > now.micros().saturating_add(ahead) {
        return Err(Refusal::date(format!(
            "time must lie between 2000-01-01T00:00:00Z and {AHEAD_MINUTES} minutes from now"
        ))
        .at("time"));
    }
    Ok(time)
}
