//! Instants on the wire.
//!
//! Clients write dates in many shapes: with an offset, without any, as a bare
//! day, with blanks where a `+` was lost in a query string, or as Go prints
//! them (`2026-01-01 00:00:00 +0000 UTC m=+0.1`). [`parse`] reads all of them;
//! no zone means UTC. [`format()`] writes one shape only, with milliseconds and
//! a literal `Z`, because one SDK silently reads anything else as the year 1.
//!
//! The years are 1 to 9999, of UTC: what an offset takes beyond them is read and written as
//! their first or their last instant.
//!
//! Instants cross as microseconds since 1970 (UTC); digits beyond are cut.

mod scan;

use jiff::ToSpan as _;
use jiff::civil::Date;

use scan::{Scanner, Written};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The first instant of the year 1, and that after the year 9999.
const BEGIN: i64 = -719_162 * MICROS_PER_DAY;
const END: i64 = 2_932_897 * MICROS_PER_DAY;

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
    parse_in(text, |local| local)
}

/// Parses a date as [`parse`] does, but for one without an offset: `instant` says at which
/// instant the clocks that it means show it, both as if they were UTC's.
///
/// # Errors
/// As [`parse`].
pub fn parse_in(text: &str, instant: impl Fn(i64) -> i64) -> Result<i64, DateError> {
    let written = Written::parse(text)?;
    Ok(written.instant(instant).clamp(BEGIN, END - 1))
}

/// Parses the end of a range. Ends of periods are shown as their last instant,
/// and people paste them here: a day's last second (`23:59:59`) means the midnight
/// that follows, and the last millisecond or microsecond before a quarter of an
/// hour (`21:59:59.999`, midnight in another zone) means that quarter.
///
/// # Errors
/// If the text is no date of the years 1 to 9999.
pub fn parse_end(text: &str) -> Result<i64, DateError> {
    parse_end_in(text, |local| local)
}

/// Parses the end of a range as [`parse_end`] does, but for one without an offset, as
/// [`parse_in`].
///
/// # Errors
/// As [`parse`].
pub fn parse_end_in(text: &str, instant: impl Fn(i64) -> i64) -> Result<i64, DateError> {
    let mut written = Written::parse(text)?;
    let left = QUARTER - written.of_day.rem_euclid(QUARTER);
    if written.of_day == LAST_SECOND || matches!(left, 1 | 1000) {
        // The day may have 24 hours now, and its midnight is that of the next.
        written.of_day += left;
    }
    Ok(written.instant(instant).clamp(BEGIN, END))
}

/// Writes an instant as `yyyy-mm-ddThh:mm:ss.mmmZ`, cut to milliseconds. The end of the year
/// 9999 is written as its last millisecond, which [`parse_end`] reads as that end.
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

/// Writes what the clocks of a time zone show, with their offset from UTC in seconds:
/// `2026-10-25T02:00:00.000+01:00`, or `Z` if there is none.
#[must_use]
pub fn format_local(micros: i64, offset_seconds: i32) -> String {
    let mut text = format(micros.saturating_add(i64::from(offset_seconds) * MICROS_PER_SECOND));
    if offset_seconds == 0 {
        return text;
    }
    text.truncate(text.len() - 1);
    text.push(if offset_seconds < 0 { '-' } else { '+' });
    let seconds = i64::from(offset_seconds.unsigned_abs());
    push_digits(&mut text, seconds / 3600, 2);
    text.push(':');
    push_digits(&mut text, seconds / 60 % 60, 2);
    // Only clocks of before 1972 differ by seconds.
    if seconds % 60 != 0 {
        text.push(':');
        push_digits(&mut text, seconds % 60, 2);
    }
    text
}

/// Appends an instant in the form of [`format()`].
pub fn push(text: &mut String, micros: i64) {
    let micros = micros.clamp(BEGIN, END - 1);
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
        let micros = micros.clamp(BEGIN, END - 1);
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
    let date = i32::try_from(day).ok();
    let date = date.and_then(|day| EPOCH.checked_add(day.days()).ok());
    // A day beyond the calendar is cut to its first or last one.
    let date = date.unwrap_or(if day < 0 { Date::MIN } else { Date::MAX });
    let _ = write!(
        text,
        "{:04}-{:02}-{:02}",
        date.year(),
        date.month(),
        date.day()
    );
}

impl Written {
    fn parse(text: &str) -> Result<Self, DateError> {
        let written = Scanner::new(text.trim()).date_time().ok_or(DateError)?;
        let in_calendar = Date::new(written.year, written.month, written.day).is_ok();
        if written.year < 1 || !in_calendar {
            return Err(DateError);
        }
        Ok(written)
    }

    /// Returns the instant; without an offset it is what `of_local` makes of it.
    fn instant(&self, of_local: impl Fn(i64) -> i64) -> i64 {
        let date = Date::new(self.year, self.month, self.day).expect("a day that was checked");
        // Without a largest unit the difference of two dates is in days.
        let day = i64::from((date - EPOCH).get_days());
        let local = day * MICROS_PER_DAY + self.of_day;
        match self.offset_seconds {
            Some(offset) => local - i64::from(offset) * MICROS_PER_SECOND,
            None => of_local(local),
        }
    }
}

#[cfg(test)]
mod tests;
