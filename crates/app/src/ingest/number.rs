//! One spelling for each number, without ever leaving decimal digits.

use std::fmt::Write as _;

use crate::limits::MAX_EXPONENT;

/// Numbers whose first digit stands further than this from the point are
/// written with an exponent, so that `1e999` does not become 999 zeros.
const PLAIN_DIGITS: i64 = 40;

/// The parts of JSON number text: `-` int `.` frac `e` exp.
struct Parts<'t> {
    negative: bool,
    int: &'t str,
    frac: &'t str,
    exponent: &'t str,
}

/// Appends the canonical spelling of a JSON number. False when its exponent is
/// beyond [`MAX_EXPONENT`].
pub(super) fn write(number: &str, out: &mut String) -> bool {
    if is_plain_integer(number) {
        out.push_str(number);
        return true;
    }
    let parts = split(number);
    let digits = Digits::new(parts.int, parts.frac);
    if digits.is_empty() {
        out.push('0');
        return true;
    }
    let Some(exponent) = parse_exponent(parts.exponent) else {
        return false;
    };
    // The power of ten of the first digit that is not zero.
    let power = exponent.saturating_add(digits.power());
    if power.abs() > MAX_EXPONENT {
        return false;
    }
    if parts.negative {
        out.push('-');
    }
    digits.write(power, out);
    true
}

/// Returns true for an integer that is canonical as it stands, as most numbers are.
fn is_plain_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
    match digits {
        [b'0'] => number.len() == 1,
        [b'1'..=b'9', rest @ ..] => {
            (rest.len() as i64) <= PLAIN_DIGITS && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn split(number: &str) -> Parts<'_> {
    let (negative, rest) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, ""));
    let (int, frac) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    Parts {
        negative,
        int,
        frac,
        exponent,
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // Nine digits hold any exponent that long digits could still bring back.
    if digits.len() > 9 {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(if negative { -value } else { value })
}

/// The digits of a number, of integer and fraction as one row, without the
/// zeros at either end.
struct Digits<'t> {
    int: &'t str,
    frac: &'t str,
    first: usize,
    end: usize,
}

impl<'t> Digits<'t> {
    fn new(int: &'t str, frac: &'t str) -> Self {
        let row = || int.bytes().chain(frac.bytes());
        let total = int.len() + frac.len();
        let first = row().position(|digit| digit != b'0').unwrap_or(total);
        let end = row()
            .rev()
            .position(|digit| digit != b'0')
            .map_or(first, |zeros| total - zeros);
        Self {
            int,
            frac,
            first,
            end,
        }
    }

    fn is_empty(&self) -> bool {
        self.first >= self.end
    }

    fn len(&self) -> usize {
        self.end - self.first
    }

    /// Returns the power of ten of the first digit, as the number is written.
    fn power(&self) -> i64 {
        self.int.len() as i64 - 1 - self.first as i64
    }

    /// Appends `count` digits, beginning with the `from`-th.
    fn push(&self, from: usize, count: usize, out: &mut String) {
        let (start, end) = (self.first + from, self.first + from + count);
        let point = self.int.len();
        if start < point {
            out.push_str(&self.int[start..end.min(point)]);
        }
        if end > point {
            out.push_str(&self.frac[start.max(point) - point..end - point]);
        }
    }

    /// Appends the number whose first digit has this power of ten.
    fn write(&self, power: i64, out: &mut String) {
        let shift = power.unsigned_abs() as usize;
        if power.abs() > PLAIN_DIGITS {
            self.push(0, 1, out);
            if self.len() > 1 {
                out.push('.');
                self.push(1, self.len() - 1, out);
            }
            // Writing into a string cannot fail.
            let _ = write!(out, "e{power:+}");
        } else if power < 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', shift - 1));
            self.push(0, self.len(), out);
        } else if self.len() > shift + 1 {
            self.push(0, shift + 1, out);
            out.push('.');
            self.push(shift + 1, self.len() - shift - 1, out);
        } else {
            self.push(0, self.len(), out);
            out.extend(std::iter::repeat_n('0', shift + 1 - self.len()));
        }
    }
}
