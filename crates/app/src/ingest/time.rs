//! An event's time: RFC 3339 text to an instant.

use exchequer_core::{Day, Instant, MICROS_PER_SECOND};

/// Parses RFC 3339 text, which must say its seconds and its offset. Digits beyond
/// microseconds are cut. There are no leap seconds.
pub(super) fn parse(text: &str) -> Option<Instant> {
    parse_utc(text.as_bytes()).or_else(|| {
        // The parser behind takes more than RFC 3339: times without seconds or with zones in
        // brackets, and a leap second for the one before it.
        if !has_shape(text.as_bytes()) {
            return None;
        }
        let timestamp: jiff::Timestamp = text.parse().ok()?;
        // Cut, as on the quick path: towards the past, also before 1970.
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        i64::try_from(micros).ok().map(Instant::from_micros)
    })
}

/// Returns whether a text begins with a day and a time to the second, up to 59, with a
/// fraction and an offset behind them.
fn has_shape(text: &[u8]) -> bool {
    let Some((clock, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let marks = [clock[4], clock[7], clock[13], clock[16]] == *b"--::";
    let mut numbers = (0..19).filter(|at| ![4, 7, 10, 13, 16].contains(at));
    let between = matches!(clock[10], b'T' | b't' | b' ');
    let behind = rest
        .iter()
        .all(|byte| byte.is_ascii_digit() || b".:+-Zz".contains(byte));
    marks && between && behind && numbers.all(|at| clock[at].is_ascii_digit()) && clock[17] < b'6'
}

/// Parses the shape that nearly every sender uses, `YYYY-MM-DDTHH:MM:SS[.fraction]Z`,
/// read by hand because every event has one.
fn parse_utc(text: &[u8]) -> Option<Instant> {
    let (clock, fraction) = text.strip_suffix(b"Z")?.split_at_checked(19)?;
    if [clock[4], clock[7], clock[10], clock[13], clock[16]] != *b"--T::" {
        return None;
    }
    let (year, month, day) = (
        digits(&clock[0..4])?,
        digits(&clock[5..7])?,
        digits(&clock[8..10])?,
    );
    let (hour, minute, second) = (
        digits(&clock[11..13])?,
        digits(&clock[14..16])?,
        digits(&clock[17..19])?,
    );
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = i32::try_from(year).ok()?;
    let midnight = Day::from_ymd(year, month, day)?.start().micros();
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some(Instant::from_micros(
        midnight + seconds * MICROS_PER_SECOND + micros(fraction)?,
    ))
}

fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |value, &digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + u32::from(digit - b'0'))
    })
}

/// Parses `.` and one digit or more as microseconds; nothing is 0.
fn micros(fraction: &[u8]) -> Option<i64> {
    let Some((point, fraction)) = fraction.split_first() else {
        return Some(0);
    };
    if *point != b'.' || fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(6)];
    let missing = u32::try_from(6 - kept.len()).ok()?;
    Some(i64::from(digits(kept)? * 10_u32.pow(missing)))
}
