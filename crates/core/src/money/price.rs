use std::fmt;

use super::{Currency, Money, MoneyError, wide};
use crate::decimal::{self, Fault, Limits};
use crate::quantity::Quantity;

/// An exact price per unit, in steps of 10^-12 of a major unit of whatever
/// currency it is used with; 0 or more, up to 12 decimals, below 10^6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(u64);

/// Why a price was refused at the door.
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
    /// 10^6 or more.
    #[error("must be below 1000000 (10^6)")]
    TooLarge,
}

const DECIMALS: u32 = Price::DECIMALS;
const WHOLE_DIGITS: u32 = 6;
const BOUND: u64 = 10u64.pow(DECIMALS + WHOLE_DIGITS);
const LIMITS: Limits = Limits {
    whole_digits: WHOLE_DIGITS,
    decimals: DECIMALS,
};
/// Decimals of the product of a price (12) and a quantity (9).
const PRODUCT_DECIMALS: u32 = DECIMALS + 9;

impl Price {
    /// Decimals of the smallest step.
    pub const DECIMALS: u32 = 12;
    /// Free of charge.
    pub const ZERO: Self = Self(0);

    /// The price of this many steps of 10^-12, as storage keeps it; `None`
    /// from 10^18 steps on.
    pub const fn from_scaled(scaled: u64) -> Option<Self> {
        if scaled < BOUND {
            Some(Self(scaled))
        } else {
            None
        }
    }

    /// The number of steps of 10^-12.
    pub const fn scaled(self) -> u64 {
        self.0
    }

    /// Reads a plain decimal string: digits, optionally a point and more
    /// digits; no sign, no exponent, no blanks.
    ///
    /// # Errors
    /// What breaks the notation or a limit of the door. Trailing zeros do not
    /// count as decimals.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let scaled = decimal::parse_plain(text, LIMITS)?;
        u64::try_from(scaled)
            .ok()
            .and_then(Self::from_scaled)
            .ok_or(PriceError::TooLarge)
    }

    /// The charge for a quantity: the exact product (which may need 256 bits),
    /// rounded once, half away from zero, to the minor unit of the currency.
    ///
    /// # Errors
    /// The charge is out of range, which no quantity below 10^28 can reach.
    pub fn times(self, quantity: Quantity, currency: Currency) -> Result<Money, MoneyError> {
        let product = wide::multiply(quantity.scaled().unsigned_abs(), u128::from(self.0));
        let magnitude = wide::divide_rounded(product, PRODUCT_DECIMALS - currency.minor_digits())
            .and_then(|magnitude| i128::try_from(magnitude).ok())
            .ok_or(MoneyError::OutOfRange)?;
        // Rounding the magnitude and putting the sign back is away from zero.
        let minor = if quantity < Quantity::ZERO {
            -magnitude
        } else {
            magnitude
        };
        Ok(Money::from_minor(minor, currency))
    }
}

impl fmt::Display for Price {
    /// The canonical decimal string: `0`, `0.015`, `140`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_canonical(f, i128::from(self.0), DECIMALS)
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
