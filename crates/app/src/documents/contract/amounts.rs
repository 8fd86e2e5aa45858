//! The texts of a contract that are days, quantities and prices.

use exchequer_core::{Price, Quantity};
use jiff::civil::Date;

use crate::documents::invalid::{DocumentResult, refuse};

/// Reads what is there.
pub(in crate::documents) fn optional<T>(
    text: Option<&String>,
    read: impl Fn(&str) -> DocumentResult<T>,
) -> DocumentResult<Option<T>> {
    text.map(|text| read(text)).transpose()
}

/// Parses a calendar day, written `yyyy-mm-dd` and no other way.
pub(in crate::documents) fn day(field: &'static str, text: &str) -> DocumentResult<Date> {
    match text.parse::<Date>() {
        Ok(day) if day.to_string() == text => Ok(day),
        _ => refuse(
            field,
            format!("{field} must be a day of the form yyyy-mm-dd"),
        ),
    }
}

pub(super) fn quantity(field: &'static str, text: &str) -> DocumentResult<Quantity> {
    Quantity::parse(text).or_else(|error| refuse(field, format!("{field} {error}")))
}

pub(super) fn price(field: &'static str, text: &str) -> DocumentResult<Price> {
    Price::parse(text).or_else(|error| refuse(field, format!("{field} {error}")))
}
