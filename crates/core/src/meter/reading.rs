use super::{Aggregation, MeterVersion, Unreadable};
use crate::decimal::ExcessDecimals;
use crate::quantity::{Quantity, QuantityError};

/// Longest session: 31 days, in seconds.
pub const MAX_SESSION_SECONDS: u64 = 31 * 24 * 60 * 60;

/// Steps of a [`Quantity`] of seconds in a microsecond.
const STEPS_PER_MICRO: i128 = 1_000;
/// Decimals of a duration in seconds: microseconds.
const SESSION_DECIMALS: u32 = 6;

/// The value that a meter reads from one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// One for `unique` and `count`; the quantity, after `round_up_each`, for
    /// `sum` and `max`.
    Point(Quantity),
    /// The duration of a session for `hours` and `peak`, 0 to 31 days.
    Session {
        /// The duration in microseconds.
        micros: u64,
    },
}

/// The error of an event that a meter cannot read. Each message names the field and
/// the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The field is absent or null.
    #[error("data.{field} is required: a meter of this event type reads it")]
    Missing {
        /// The field of `data`.
        field: String,
    },
    /// The field does not hold a quantity within the limits.
    #[error("data.{field} {why}")]
    Unreadable {
        /// The field of `data`.
        field: String,
        /// The error of the quantity.
        why: QuantityError,
    },
    /// A session longer than 31 days.
    #[error("data.{field} must be at most {MAX_SESSION_SECONDS} seconds (31 days)")]
    TooLong {
        /// The field of `data`.
        field: String,
    },
    /// A duration finer than a microsecond.
    #[error("data.{field} may have at most 6 decimals: durations are whole microseconds")]
    TooFine {
        /// The field of `data`.
        field: String,
    },
}

impl ReadError {
    /// Returns the field of `data` that could not be read.
    pub fn field(&self) -> &str {
        match self {
            Self::Missing { field }
            | Self::Unreadable { field, .. }
            | Self::TooLong { field }
            | Self::TooFine { field } => field,
        }
    }
}

impl MeterVersion {
    /// Reads one event. `raw_json` is the raw JSON text of the field named by
    /// [`field`](Self::field): a string with its quotes, or a number; `None`
    /// where the event has no such field.
    ///
    /// # Errors
    /// The event has no readable quantity, and the version does not count that as 0. The
    /// event must be rejected, or does not count in the meter, as
    /// [`unreadable`](Self::unreadable) says.
    pub fn read(&self, raw_json: Option<&str>) -> Result<Reading, ReadError> {
        match self.measure(raw_json) {
            Err(_) if self.unreadable == Unreadable::Zero => Ok(self.nothing()),
            read => read,
        }
    }

    /// Returns the reading of an event with the quantity 0.
    fn nothing(&self) -> Reading {
        if self.aggregation.is_session() {
            Reading::Session { micros: 0 }
        } else {
            Reading::Point(Quantity::ZERO)
        }
    }

    /// Reads the quantity that an event has, whatever one without means.
    ///
    /// # Errors
    /// The event has no readable quantity within the limits.
    pub fn measure(&self, raw_json: Option<&str>) -> Result<Reading, ReadError> {
        let field = match (self.aggregation, self.field()) {
            (Aggregation::Unique | Aggregation::Count, _) | (_, None) => {
                return Ok(Reading::Point(Quantity::ONE));
            }
            (_, Some(field)) => field,
        };
        let raw = raw_json
            .filter(|raw| *raw != "null")
            .ok_or_else(|| ReadError::Missing {
                field: field.to_owned(),
            })?;
        let unreadable = |why| ReadError::Unreadable {
            field: field.to_owned(),
            why,
        };
        let quantity = self.parse(raw).map_err(unreadable)?;
        if self.aggregation.is_session() {
            return session(field, quantity);
        }
        match self.round_up_each {
            Some(step) => quantity
                .round_up_to(step)
                .ok_or_else(|| unreadable(QuantityError::TooLarge)),
            None => Ok(quantity),
        }
        .map(Reading::Point)
    }

    /// Parses a decimal. It has no need of escapes, so a string with one is none.
    fn parse(&self, raw: &str) -> Result<Quantity, QuantityError> {
        let excess = self.excess_decimals;
        let decimals = match excess {
            // What is beyond microseconds is refused for that reason, once it is read.
            ExcessDecimals::Reject => Quantity::DECIMALS,
            _ if self.aggregation.is_session() => SESSION_DECIMALS,
            _ => Quantity::DECIMALS,
        };
        match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(text) => Quantity::parse_to(text, decimals, excess),
            None => Quantity::parse_json_number_to(raw, decimals, excess),
        }
    }
}

fn session(field: &str, seconds: Quantity) -> Result<Reading, ReadError> {
    if seconds > Quantity::from_units(MAX_SESSION_SECONDS) {
        return Err(ReadError::TooLong {
            field: field.to_owned(),
        });
    }
    if seconds.scaled() % STEPS_PER_MICRO != 0 {
        return Err(ReadError::TooFine {
            field: field.to_owned(),
        });
    }
    // Between 0 and 31 days after the check above.
    let micros = (seconds.scaled() / STEPS_PER_MICRO) as u64;
    Ok(Reading::Session { micros })
}
