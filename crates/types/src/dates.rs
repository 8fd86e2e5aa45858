//! Instants on the wire.
//!
//! Clients write dates in many shapes: with an offset, without any, as a bare
//! day, with blanks where a `+` was lost in a query string, or as Go prints
//! them (`2026-01-01 00:00:00 +0000 UTC m=+0.1`). [`parse`] reads all of them;
//! no zone means UTC. [`format()`] writes one shape only, with milliseconds and
//! a literal `Z`, because one SDK silently reads anything else as the year 1.
//!
//! Instants cross as microseconds since 1970 (UTC); digits beyond are cut.

mod scan;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use scan::{Scanner, Written};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// The last second of a day, in microseconds of the day.
const LAST_SECOND: i64 = MICROS_PER_DAY - MICROS_PER_SECOND;
/// Local midnights fall on quarters of an hour in every time zone there is.
const QUARTER: i64 = 900 * MICROS_PER_SECOND;

/// The error for a text that is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateError;

impl std::fmt::Display for DateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
        )
    }
}

impl std::error::Error for DateError {}

/// Parses a date of any shape and returns microseconds since 1970 (UTC).
///
/// # Errors
/// If the text is no date of the years 1 to 9999.
pub fn parse(text: &str) -> Result<i64, DateError> {
    parse_written(text).map(|(instant, _)| instant)
}

/// Parses the end of a range. Ends of periods are shown as their last instant,
/// and people paste them here: a day's last second (`23:59:59`) means the midnight
/// that follows, and the last millisecond or microsecond before a quarter of an
/// hour (`21:59:59.999`, midnight in another zone) means that quarter.
///
/// # Errors
/// If the text is no date of the years 1 to 9999.
pub fn parse_end(text: &str) -> Result<i64, DateError> {
    let (instant, of_day) = parse_written(text)?;
    let left = QUARTER - of_day.rem_euclid(QUARTER);
    if of_day == LAST_SECOND || matches!(left, 1 | 1000) {
        return Ok(instant + left);
    }
    Ok(instant)
}

/// Writes an instant as `yyyy-mm-ddThh:mm:ss.mmmZ`, cut to milliseconds.
#[must_use]
pub fn format(micros: i64) -> String {
    let mut text = String::with_capacity(24);
    push(&mut text, micros);
    text
}

/// Writes an instant exactly: with milliseconds, or with microseconds if it has some
/// beyond them.
#[must_use]
pub fn format_exact(micros: i64) -> String {
    let mut text = format(micros);
    let beyond = micros.rem_euclid(1000);
    if beyond != 0 {
        text.truncate(text.len() - 1);
        push_digits(&mut text, beyond, 3);
        text.push('Z');
    }
    text
}

/// Appends an instant in the form of [`format()`].
pub fn push(text: &mut String, micros: i64) {
    push_day(text, micros.div_euclid(MICROS_PER_DAY));
    push_time(text, micros);
}

fn push_time(text: &mut String, micros: i64) {
    let millis = micros.rem_euclid(MICROS_PER_DAY) / 1000;
    text.push('T');
    push_digits(text, millis / 3_600_000, 2);
    text.push(':');
    push_digits(text, millis / 60_000 % 60, 2);
    text.push(':');
    push_digits(text, millis / 1000 % 60, 2);
    text.push('.');
    push_digits(text, millis % 1000, 3);
    text.push('Z');
}

/// Writes instants that come in order: the text of a day is made once.
#[derive(Debug, Default)]
pub struct InstantWriter {
    day: Option<i64>,
    text: String,
}

impl InstantWriter {
    /// Appends an instant, as [`push`] does.
    pub fn push(&mut self, text: &mut String, micros: i64) {
        let day = micros.div_euclid(MICROS_PER_DAY);
        if self.day != Some(day) {
            self.day = Some(day);
            self.text.clear();
            push_day(&mut self.text, day);
        }
        text.push_str(&self.text);
        push_time(text, micros);
    }
}

/// Appends digits. Reports write tens of thousands of instants, and `fmt` is slower.
fn push_digits(text: &mut String, value: i64, digits: u32) {
    for digit in (0..digits).rev() {
        let digit = value / 10_i64.pow(digit) % 10;
        text.push(char::from(b'0' + digit as u8));
    }
}

/// Parses a bare day (`yyyy-mm-dd`) and returns days since 1970.
///
/// # Errors
/// If the text is anything else.
pub fn parse_day(text: &str) -> Result<i32, DateError> {
    if text.len() != 10 {
        return Err(DateError);
    }
    let day = parse(text)? / MICROS_PER_DAY;
    i32::try_from(day).map_err(|_| DateError)
}

/// Writes days since 1970 as `yyyy-mm-dd`.
#[must_use]
pub fn format_day(day: i32) -> String {
    let mut text = String::with_capacity(10);
    push_day(&mut text, i64::from(day));
    text
}

fn push_day(text: &mut String, day: i64) {
    use std::fmt::Write as _;
    // A parsed date lies in the calendar. Only an instant near the ends of an i64,
    // which no event has, is beyond it and gets the first day.
    let date = Timestamp::from_second(day.saturating_mul(86_400))
        .map_or(Date::MIN, |t| t.to_zoned_datetime(TimeZone::UTC).date());
    let _ = write!(
        text,
        "{:04}-{:02}-{:02}",
        date.year(),
        date.month(),
        date.day()
    );
}

/// Returns the instant and the time of day as written, both in microseconds.
fn parse_written(text: &str) -> Result<(i64, i64), DateError> {
    let Written {
        year,
        month,
        day,
        of_day,
        offset_seconds,
    } = Scanner::new(text.trim()).date_time().ok_or(DateError)?;
    if year < 1 {
        return Err(DateError);
    }
    let midnight = Date::new(year, month, day)
        .and_then(|date| date.to_zoned_datetime(TimeZone::UTC))
        .map_err(|_| DateError)?;
    let instant = midnight.timestamp().as_microsecond() + of_day
        - i64::from(offset_seconds) * MICROS_PER_SECOND;
    Ok((instant, of_day))
}

#[cfg(test)]
mod tests;
