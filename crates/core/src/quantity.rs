//! Exact usage quantities.

use std::fmt;

use crate::decimal::{self, ExcessDecimals, Fault, Limits};

#[cfg(test)]
mod tests;

/// An exact quantity of usage (minutes, seats, messages), in steps of 10^-9.
///
/// A quantity that is parsed is 0 or more, has up to 9 decimals and is below
/// 10^15; totals may grow to the range of the integer behind it, about
/// 1.7 × 10^29. Arithmetic is checked: what does not fit is an error of the
/// caller to report, never a rounded figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i128);

/// The error of a quantity that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a number in the expected notation.
    #[error("must be a decimal number such as \"12.5\"")]
    NotADecimal,
    /// Below zero.
    #[error("must be 0 or more")]
    Negative,
    /// Finer than 10^-9.
    #[error("may have at most 9 decimals")]
    TooManyDecimals,
    /// 10^15 or more.
    #[error("must be below 1000000000000000 (10^15)")]
    TooLarge,
}

const DECIMALS: u32 = Quantity::DECIMALS;
const SCALE: i128 = 1_000_000_000;
const WHOLE_DIGITS: u32 = 15;

const fn limits(decimals: u32) -> Limits {
    Limits {
        whole_digits: WHOLE_DIGITS,
        decimals,
    }
}

impl Quantity {
    /// Decimals of the smallest step.
    pub const DECIMALS: u32 = 9;
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One whole unit.
    pub const ONE: Self = Self(SCALE);

    /// Returns this many whole units.
    pub const fn from_units(units: u64) -> Self {
        Self(units as i128 * SCALE)
    }

    /// Returns the quantity of this many steps of 10^-9, as it is stored.
    pub const fn from_scaled(scaled: i128) -> Self {
        Self(scaled)
    }

    /// Returns the number of steps of 10^-9, as it is stored.
    pub const fn scaled(self) -> i128 {
        self.0
    }

    /// Parses a plain decimal string: digits, optionally a point and more
    /// digits; no sign, no exponent, no blanks.
    ///
    /// # Errors
    /// The text breaks the notation or a limit. Trailing zeros do not
    /// count as decimals.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        Self::parse_to(text, DECIMALS, ExcessDecimals::Reject)
    }

    /// Parses a plain decimal string as [`parse`](Self::parse) does, of at most so many
    /// decimals; `excess` says what becomes of more.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_to(
        text: &str,
        decimals: u32,
        excess: ExcessDecimals,
    ) -> Result<Self, QuantityError> {
        let read = decimal::parse_plain(text, limits(decimals), excess)?;
        Ok(Self::of(read, decimals))
    }

    /// Parses the text of a JSON number exactly, exponent included: `1.5e3` is
    /// 1500 and `-0` is zero.
    ///
    /// # Errors
    /// The text breaks the notation of JSON or a limit.
    pub fn parse_json_number(text: &str) -> Result<Self, QuantityError> {
        Self::parse_json_number_to(text, DECIMALS, ExcessDecimals::Reject)
    }

    /// Parses the text of a JSON number as [`parse_json_number`](Self::parse_json_number)
    /// does, of at most so many decimals; `excess` says what becomes of more.
    ///
    /// # Errors
    /// As [`parse_json_number`](Self::parse_json_number).
    pub(crate) fn parse_json_number_to(
        text: &str,
        decimals: u32,
        excess: ExcessDecimals,
    ) -> Result<Self, QuantityError> {
        let read = decimal::parse_json(text, limits(decimals), excess)?;
        Ok(Self::of(read, decimals))
    }

    /// Returns the quantity of this many steps of 10^-decimals.
    const fn of(steps: i128, decimals: u32) -> Self {
        Self(steps * 10i128.pow(DECIMALS - decimals))
    }

    /// Returns the sum, or `None` where it leaves the range of a quantity.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns the difference, negative where `other` is more, or `None` where it
    /// leaves the range of a quantity.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Returns the smallest multiple of `step` that is not below this quantity, or
    /// `None` where the step is not above zero or the multiple does not fit.
    pub const fn round_up_to(self, step: Self) -> Option<Self> {
        if step.0 <= 0 {
            return None;
        }
        let beyond = self.0.rem_euclid(step.0);
        if beyond == 0 {
            return Some(self);
        }
        self.checked_add(Self(step.0 - beyond))
    }
}

impl fmt::Display for Quantity {
    /// Writes the canonical decimal string: `0`, `12.5`, `1250`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_canonical(f, self.0, DECIMALS)
    }
}

impl From<Fault> for QuantityError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotADecimal => Self::NotADecimal,
            Fault::Negative => Self::Negative,
            Fault::TooManyDecimals => Self::TooManyDecimals,
            Fault::TooLarge => Self::TooLarge,
        }
    }
}
