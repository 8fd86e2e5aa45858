//! Converts decimal text to scaled integers and back, exactly. Quantities and
//! prices are both parsed here.

use std::fmt;

/// The error of a text that is not a number within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    NotADecimal,
    Negative,
    TooManyDecimals,
    TooLarge,
}

/// The largest number of digits before and after the point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) whole_digits: u32,
    pub(crate) decimals: u32,
}

/// The treatment of decimals beyond those that a quantity can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ExcessDecimals {
    /// The number is refused.
    #[default]
    Reject,
    /// They are left out.
    Cut,
    /// The number is rounded to the nearest that has none, half away from zero.
    Round,
}

impl ExcessDecimals {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Reject, Self::Cut, Self::Round];

    /// Returns the name in lower case, as the catalog spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Cut => "cut",
            Self::Round => "round",
        }
    }

    /// Returns the one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// A number taken apart: ±whole.fraction × 10^exponent.
struct Parts<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Reads `digits[.digits]`, nothing else, as a multiple of 10^-decimals.
pub(crate) fn parse_plain(
    text: &str,
    limits: Limits,
    excess: ExcessDecimals,
) -> Result<i128, Fault> {
    let (negative, digits) = strip_minus(text.as_bytes());
    let (parts, rest) = mantissa(digits).ok_or(Fault::NotADecimal)?;
    if !rest.is_empty() {
        return Err(Fault::NotADecimal);
    }
    // The sign is refused either way; a true negative deserves to be told so.
    match parts.scaled(limits, excess) {
        Ok(0) if negative => Err(Fault::NotADecimal),
        _ if negative => Err(Fault::Negative),
        value => value,
    }
}

/// Reads the text of a JSON number (RFC 8259, section 6) as a multiple of
/// 10^-decimals. An exponent only moves the point.
pub(crate) fn parse_json(
    text: &str,
    limits: Limits,
    excess: ExcessDecimals,
) -> Result<i128, Fault> {
    let (negative, digits) = strip_minus(text.as_bytes());
    let (mut parts, rest) = mantissa(digits).ok_or(Fault::NotADecimal)?;
    if parts.whole.len() > 1 && parts.whole[0] == b'0' {
        return Err(Fault::NotADecimal);
    }
    parts.negative = negative;
    parts.exponent = exponent(rest).ok_or(Fault::NotADecimal)?;
    parts.scaled(limits, excess)
}

/// Writes a multiple of 10^-decimals in its canonical form: no exponent, no
/// plus, no trailing zeros.
pub(crate) fn write_canonical(
    f: &mut fmt::Formatter<'_>,
    scaled: i128,
    decimals: u32,
) -> fmt::Result {
    let one = 10u128.pow(decimals);
    let magnitude = scaled.unsigned_abs();
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, mut fraction) = (magnitude / one, magnitude % one);
    if fraction == 0 {
        return write!(f, "{sign}{whole}");
    }
    let mut width = decimals as usize;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    write!(f, "{sign}{whole}.{fraction:0width$}")
}

fn strip_minus(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Splits `digits[.digits]` from the head of the text.
fn mantissa(text: &[u8]) -> Option<(Parts<'_>, &[u8])> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => {
            let (fraction, rest) = split_digits(rest);
            (Some(fraction), rest)
        }
        _ => (None, rest),
    };
    if whole.is_empty() || fraction.is_some_and(<[u8]>::is_empty) {
        return None;
    }
    let parts = Parts {
        negative: false,
        whole,
        // A number without a point has no digits behind it.
        fraction: fraction.unwrap_or(&[]),
        exponent: 0,
    };
    Some((parts, rest))
}

/// Parses `e[+-]digits`; no text at all is 0. Saturates: far beyond any limit the
/// exact size changes no answer.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [] => return Some(0),
        [b'e' | b'E', b'-', digits @ ..] => (true, digits),
        [b'e' | b'E', b'+', digits @ ..] => (false, digits),
        [b'e' | b'E', digits @ ..] => (false, digits),
        _ => return None,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    Some(if negative { -size } else { size })
}

impl Parts<'_> {
    fn scaled(&self, limits: Limits, excess: ExcessDecimals) -> Result<i128, Fault> {
        let digits = self.whole.iter().chain(self.fraction);
        let nonzero = |digit: &u8| *digit != b'0';
        // Zeros at either end are not digits of the number, only its place.
        let Some(leading) = digits.clone().position(nonzero) else {
            return Ok(0);
        };
        if self.negative {
            return Err(Fault::Negative);
        }
        let trailing = digits.clone().rev().position(nonzero);
        let trailing = trailing.expect("the digit that `leading` stopped at");
        let count = self.whole.len() + self.fraction.len() - leading - trailing;

        // The number is its `count` digits × 10^power.
        let power = self
            .exponent
            .saturating_add(signed(trailing))
            .saturating_sub(signed(self.fraction.len()));
        if power.saturating_add(signed(count)) > i64::from(limits.whole_digits) {
            return Err(Fault::TooLarge);
        }
        let shift = power.saturating_add(i64::from(limits.decimals));
        let beyond = match (u32::try_from(shift), excess) {
            (Ok(_), _) => 0,
            (Err(_), ExcessDecimals::Reject) => return Err(Fault::TooManyDecimals),
            // Digits that lie further behind the point than there are any: they leave 0.
            (Err(_), _) => usize::try_from(shift.unsigned_abs()).unwrap_or(usize::MAX),
        };
        let kept = count.saturating_sub(beyond);
        // The checks together leave at most whole_digits + decimals digits.
        let mut significant = digits.skip(leading);
        let value = (&mut significant)
            .take(kept)
            .fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let value = value * 10i128.pow(u32::try_from(shift).unwrap_or(0));
        // The first digit that is left out decides, if it stands right behind the last place.
        let next = significant.next().filter(|_| 0 < beyond && beyond <= count);
        let up = excess == ExcessDecimals::Round && next.is_some_and(|digit| *digit >= b'5');
        match value + i128::from(up) {
            value if value < 10i128.pow(limits.whole_digits + limits.decimals) => Ok(value),
            _ => Err(Fault::TooLarge),
        }
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).expect("a text is shorter than 2^63 bytes")
}
