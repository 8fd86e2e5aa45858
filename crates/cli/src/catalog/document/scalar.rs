//! Days and numbers in catalog files.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use toml::value::Datetime;

/// A day of the calendar: `2026-10-01`, without quotes.
pub(super) struct Day(String);

/// A quantity or a price. It is a string in the file, because a TOML number would
/// become a float, and `0.1` would no longer be exact.
pub(super) struct Number(String);

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl From<Number> for String {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = || D::Error::custom("expected a day, without quotes: 2026-10-01");
        // TOML has dates with a time and a zone as well. A contract begins on a day,
        // in the time zone that it names.
        let value = toml::Value::deserialize(deserializer)?;
        match value {
            toml::Value::Datetime(Datetime {
                date: Some(date),
                time: None,
                offset: None,
            }) => Ok(Self(date.to_string())),
            _ => Err(expected()),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a decimal number in quotes: \"12.5\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Number, E> {
        if is_decimal(text) {
            return Ok(Number(text.to_owned()));
        }
        let message = format!("`{text}` is not a decimal number like \"12.5\"");
        Err(E::custom(message))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Number, E> {
        Err(E::custom(BARE))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Number, E> {
        Err(E::custom(BARE))
    }
}

const BARE: &str = "write quantities and prices as strings, in quotes: \"12.5\"";

/// Returns whether a text is digits, perhaps with a point between them. The server
/// checks the limits.
fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}
