//! Exact money: prices, amounts and their currency.
//!
//! An amount is in whole minor units of its currency. It comes from an exact
//! number, rounded once ([`Exact::to_money`](crate::Exact::to_money)); everything
//! after that adds whole minor units, so a total is the sum of its lines.

use std::fmt;

mod currency;
mod price;

#[cfg(test)]
mod tests;

pub use currency::{Currency, UnknownCurrency};
pub use price::{Price, PriceError};

/// An amount in whole minor units of its currency; negative for a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i128,
    currency: Currency,
}

/// The error of amounts that cannot be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one sum.
    #[error("amounts in {0} and {1} cannot be combined")]
    MixedCurrency(Currency, Currency),
    /// The result is beyond ±1.7 × 10^38 minor units.
    #[error("the amount is out of range")]
    OutOfRange,
}

impl Money {
    /// Returns this many minor units (cents for USD, yen for JPY, fils for KWD).
    pub const fn from_minor(minor: i128, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Returns 0 in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Returns the number of minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// Returns the currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Returns the sum.
    ///
    /// # Errors
    /// The currencies differ, or the sum is out of range.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrency(self.currency, other.currency));
        }
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// Returns the difference.
    ///
    /// # Errors
    /// The currencies differ, or the difference is out of range.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        let minor = other.minor.checked_neg().ok_or(MoneyError::OutOfRange)?;
        self.checked_add(Self { minor, ..other })
    }
}

impl fmt::Display for Money {
    /// Writes the amount with all minor digits of its currency and without its code:
    /// `12.50` (USD), `12` (JPY), `-0.005` (KWD).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.currency.minor_digits();
        let one = 10u128.pow(digits);
        let (whole, fraction) = (
            self.minor.unsigned_abs() / one,
            self.minor.unsigned_abs() % one,
        );
        match digits as usize {
            0 => write!(f, "{sign}{whole}"),
            width => write!(f, "{sign}{whole}.{fraction:0width$}"),
        }
    }
}
