//! What the door knows, its limits, and the words of its refusals.

use std::borrow::Cow;

use exchequer_core::{Day, Instant, MICROS_PER_SECOND, MeterSet, OrganizationId};
use exchequer_ledger::Partitions;

use super::canonical::{Flaw, Limits};
use super::{number, text, time};

/// Bytes of `id`, `source` and `subject`, from 1.
pub(super) const MAX_NAME: usize = 256;

/// Bytes of `type`, from 1.
pub(super) const MAX_TYPE: usize = 128;

/// Attributes that mean nothing here.
pub(super) const MAX_EXTENSIONS: usize = 64;

/// Bounds of `data`.
pub(super) const DATA: Limits = Limits {
    bytes: 4096,
    depth: 4,
};

/// How far ahead of the server's clock a sender's may be.
const AHEAD_MINUTES: i64 = 5;

/// What is known when a request comes in.
pub struct Door<'a> {
    /// When the request was received.
    pub now: Instant,
    /// The organisation of events that name none.
    pub home: OrganizationId,
    /// Whether the client may name another organisation.
    pub operator: bool,
    /// The meters in force.
    pub meters: &'a MeterSet,
    /// The partitions of the ledger.
    pub partitions: Partitions,
    /// Whether there is such an organisation.
    pub organization_exists: &'a dyn Fn(OrganizationId) -> bool,
}

/// Why an event is not taken: the code and message of a rejection.
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

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new("not.supported", message)
    }

    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What is wrong with an event's `data`.
    pub(super) fn data(flaw: Flaw) -> Self {
        match flaw {
            Flaw::TooLong => Self::constraint(format!(
                "data must take at most {} bytes as compact JSON",
                DATA.bytes
            )),
            Flaw::TooDeep => Self::constraint(format!(
                "data must nest at most {} objects and arrays, itself included",
                DATA.depth
            )),
            Flaw::TwiceNamed(name) => {
                Self::property(format!("data holds the name {} twice", shorten(&name)))
            }
            Flaw::LoneSurrogate => Self::value("data holds half of a surrogate pair"),
            Flaw::Exponent => Self::constraint(format!(
                "data holds a number beyond 1e±{}",
                number::MAX_EXPONENT
            )),
            Flaw::Malformed => Self::value("data is not valid JSON"),
        }
    }
}

/// Keeps what is quoted from a sender to a readable length.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(64) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Reads an attribute that must be there, a string of 1 to `limit` bytes
/// without control characters.
pub(super) fn read_text<'j>(
    field: &str,
    raw: Option<&'j str>,
    limit: usize,
) -> Result<Cow<'j, str>, Refusal> {
    let value = read_string(field, raw)?;
    if value.is_empty() || value.len() > limit {
        return Err(Refusal::constraint(format!(
            "{field} must be 1 to {limit} bytes long, but has {}",
            value.len()
        )));
    }
    // JSON allows control characters only as escapes, and what has an escape
    // had to be decoded.
    if matches!(value, Cow::Owned(_)) && value.bytes().any(|byte| byte < 0x20) {
        return Err(Refusal::constraint(format!(
            "{field} must not hold control characters (U+0000 to U+001F)"
        )));
    }
    Ok(value)
}

/// Reads an attribute that must be there and a string.
pub(super) fn read_string<'j>(field: &str, raw: Option<&'j str>) -> Result<Cow<'j, str>, Refusal> {
    let raw = raw.ok_or_else(|| Refusal::property(format!("{field} is missing")))?;
    if !raw.starts_with('"') {
        return Err(Refusal::value(format!("{field} must be a string")));
    }
    text::decode(raw)
        .ok_or_else(|| Refusal::value(format!("{field} holds half of a surrogate pair")))
}

/// Reads the event's time and holds it to its bounds.
pub(super) fn read_time(raw: Option<&str>, now: Instant) -> Result<Instant, Refusal> {
    let refuse = |message: String| Refusal::new("invalid.date", message);
    let value = read_string("time", raw)?;
    let Some(time) = time::read(&value) else {
        return Err(refuse(
            "time must be RFC 3339 with its offset, such as 2026-10-01T08:00:00.000Z".to_owned(),
        ));
    };
    let first = Day::from_ymd(2000, 1, 1).map_or(0, |day| day.start().micros());
    let ahead = AHEAD_MINUTES * 60 * MICROS_PER_SECOND;
    if time.micros() < first || time.micros() > now.micros().saturating_add(ahead) {
        return Err(refuse(format!(
            "time must lie between 2000-01-01T00:00:00Z and {AHEAD_MINUTES} minutes from now"
        )));
    }
    Ok(time)
}

impl Door<'_> {
    /// Whether an event may be kept for this organisation. Absence and lack of
    /// permission read the same, so that nobody can probe for customers.
    pub(super) fn check_organization(&self, organization: OrganizationId) -> Result<(), Refusal> {
        let known = organization == self.home
            || (self.operator && (self.organization_exists)(organization));
        if known {
            Ok(())
        } else {
            Err(Refusal::new(
                "not.found",
                format!("organization {organization} was not found"),
            ))
        }
    }
}
