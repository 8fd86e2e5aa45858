use std::fmt;

use crate::decimal::{self, ExcessDecimals, Fault, Limits};

/// An exact price per unit, in steps of 10^-12 of a major unit of whatever
/// currency it is used with; 0 or more, up to 12 decimals, below 10^12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i128);

/// The error of a price that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a number in the expected notation.
    #[error("must be a decimal number such as \"0.015\"")]
    NotADecimal,
    /// Below zero.
    #[error("must be 0 or more")]
    Negative,
    /// Finer than 10^-12.
    #[error("may have at most 12 decimals")]
    TooManyDecimals,
    /// 10^12 or more.
    #[error("must be below 1000000000000 (10^12)")]
    TooLarge,
}

const DECIMALS: u32 = Price::DECIMALS;
const WHOLE_DIGITS: u32 = 12;
const BOUND: i128 = 10i128.pow(DECIMALS + WHOLE_DIGITS);
const LIMITS: Limits = Limits {
    whole_digits: WHOLE_DIGITS,
    decimals: DECIMALS,
};

impl Price {
    /// Decimals of the smallest step.
    pub const DECIMALS: u32 = 12;
    /// Free of charge.
    pub const ZERO: Self = Self(0);

    /// Returns the price of this many steps of 10^-12; `None` below 0 and from
    /// 10^24 steps on.
    pub const fn from_scaled(scaled: i128) -> Option<Self> {
        if 0 <= scaled && scaled < BOUND {
            Some(Self(scaled))
        } else {
            None
        }
    }

    /// Returns the number of steps of 10^-12.
    pub const fn scaled(self) -> i128 {
        self.0
    }

    /// Parses a plain decimal string: digits, optionally a point and more
    /// digits; no sign, no exponent, no blanks.
    ///
    /// # Errors
    /// The text breaks the notation or a limit. Trailing zeros do not
    /// count as decimals.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let scaled = decimal::parse_plain(text, LIMITS, ExcessDecimals::Reject)?;
        Self::from_scaled(scaled).ok_or(PriceError::TooLarge)
    }
}

impl fmt::Display for Price {
    /// Writes the canonical decimal string: `0`, `0.015`, `140`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_canonical(f, self.0, DECIMALS)
    }
}

impl From<Fault> for PriceError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotADecimal => Self::NotADecimal,
            Fault::Negative => Self::Negative,
            Fault::TooManyDecimals => Self::TooManyDecimals,
            Fault::TooLarge => Self::TooLarge,
        }
    }
}
