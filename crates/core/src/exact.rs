//! Exact numbers of any size: what rating calculates with until it rounds.

use std::fmt;
use std::ops::{Add, Div, Mul, Sub};
use std::str::FromStr;

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_rational::Ratio;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};

use crate::money::{Currency, Money, MoneyError, Price};
use crate::quantity::Quantity;

#[cfg(test)]
mod tests;

/// A rational number: quantities that weigh by days (80 × 15 ÷ 31) have no
/// finite decimal, and are not rounded before they are money.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(Ratio<BigInt>);

/// The largest number of decimals that a quantity is shown with.
const SHOWN: u32 = Quantity::DECIMALS;

impl Exact {
    /// Returns 0.
    #[must_use]
    pub fn zero() -> Self {
        Self(Ratio::zero())
    }

    /// Returns a whole number.
    #[must_use]
    pub fn whole(number: u32) -> Self {
        Self(Ratio::from_integer(number.into()))
    }

    /// Returns the weight of `part` in `whole`, such as days in a period: a
    /// number from 0 to 1.
    #[must_use]
    pub fn fraction(part: u32, whole: u32) -> Self {
        assert!(whole > 0, "nothing can be a part of nothing");
        assert!(part <= whole, "a weight is at most 1");
        Self::from_small(Ratio::new(part.into(), whole.into()))
    }

    fn scaled(scaled: i128, decimals: u32) -> Self {
        Self::from_small(Ratio::new(scaled, 10_i128.pow(decimals)))
    }

    /// Returns a number that is reduced already.
    fn from_small(small: Ratio<i128>) -> Self {
        let (numerator, denominator) = small.into_raw();
        Self(Ratio::new_raw(numerator.into(), denominator.into()))
    }

    /// Returns the number if its numerator and denominator have 63 bits, as nearly all have:
    /// then their products and sums fit as well, and are reduced without big numbers.
    fn small(&self) -> Option<Ratio<i128>> {
        let (numerator, denominator) = (self.0.numer().to_i64()?, self.0.denom().to_i64()?);
        Some(Ratio::new_raw(numerator.into(), denominator.into()))
    }

    /// Applies an operation to two numbers, small ones if they are.
    fn apply(
        self,
        other: Self,
        small: impl Fn(Ratio<i128>, Ratio<i128>) -> Ratio<i128>,
        any: impl Fn(Ratio<BigInt>, Ratio<BigInt>) -> Ratio<BigInt>,
    ) -> Self {
        match self.small().zip(other.small()) {
            Some((left, right)) => Self::from_small(small(left, right)),
            None => Self(any(self.0, other.0)),
        }
    }

    /// Returns true if the number is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Returns the smallest whole number that is not below this one.
    #[must_use]
    pub fn ceil(&self) -> Self {
        Self(self.0.ceil())
    }

    /// Returns how many packages of `size` hold this number: a started one
    /// counts as one.
    #[must_use]
    pub fn packages(&self, size: Quantity) -> Self {
        // Contracts and products with such a size are refused when they are stored.
        assert!(size > Quantity::ZERO, "a package holds something");
        let size = Self::from(size);
        Self((&self.0 / size.0).ceil())
    }

    /// Returns the number divided by one above 0.
    #[must_use]
    pub(crate) fn divided_by(self, divisor: impl Into<Self>) -> Self {
        let divisor = divisor.into();
        assert!(divisor > Self::zero(), "nothing is divided by nothing");
        self.apply(divisor, Div::div, Div::div)
    }

    /// Returns the number as money, rounded half away from zero to the minor unit
    /// of the currency.
    ///
    /// # Errors
    /// The amount is out of range.
    pub fn to_money(&self, currency: Currency) -> Result<Money, MoneyError> {
        let minor = self.rounded(currency.minor_digits());
        let minor = minor.to_i128().ok_or(MoneyError::OutOfRange)?;
        Ok(Money::from_minor(minor, currency))
    }

    /// Returns the number in steps of 10^-decimals, rounded half away from zero.
    fn rounded(&self, decimals: u32) -> BigInt {
        let scaled = &self.0 * BigInt::from(10).pow(decimals);
        // 2n + d over 2d, floored, rounds halves up; the sign is put back.
        let (numerator, denominator) = (scaled.numer().abs(), scaled.denom().clone());
        let doubled: BigInt = numerator * 2 + &denominator;
        let magnitude = doubled.div_floor(&(denominator * 2));
        if scaled.is_negative() {
            -magnitude
        } else {
            magnitude
        }
    }

    /// Returns the canonical decimal string, rounded half away from zero to nine
    /// decimals. It is for people and for fields that hold decimals only.
    #[must_use]
    pub fn to_decimal(&self) -> String {
        self.decimal(SHOWN)
    }

    fn decimal(&self, decimals: u32) -> String {
        let scaled = self.rounded(decimals);
        let digits = scaled.abs().to_string();
        let places = decimals as usize;
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let sign = if scaled.is_negative() { "-" } else { "" };
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }
}

impl fmt::Display for Exact {
    /// Writes the canonical decimal string if the decimals of a price hold the number,
    /// and otherwise the reduced fraction: `12.5`, `1200/31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_integer() {
            return write!(f, "{}", self.0.numer());
        }
        let scaled = &self.0 * BigInt::from(10).pow(Price::DECIMALS);
        if scaled.is_integer() {
            f.write_str(&self.decimal(Price::DECIMALS))
        } else {
            write!(f, "{}/{}", self.0.numer(), self.0.denom())
        }
    }
}

/// The error of a text that is not an exact number, or is not written as one is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an exact number as it is written")]
pub struct UnreadableExact(String);

impl FromStr for Exact {
    type Err = UnreadableExact;

    /// Reads what `Display` writes, and nothing else: each number has one text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = match text.split_once('/') {
            Some((numerator, denominator)) => fraction(numerator, denominator),
            None => decimal(text),
        };
        let read = read.filter(|read| read.to_string() == text);
        read.ok_or_else(|| UnreadableExact(text.to_owned()))
    }
}

fn fraction(numerator: &str, denominator: &str) -> Option<Exact> {
    let numerator: BigInt = numerator.parse().ok()?;
    let denominator: BigInt = denominator.parse().ok()?;
    (!denominator.is_zero()).then(|| Exact(Ratio::new(numerator, denominator)))
}

fn decimal(text: &str) -> Option<Exact> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(decimals.len()).ok()?;
    if places > Price::DECIMALS {
        return None;
    }
    let digits: BigInt = format!("{whole}{decimals}").parse().ok()?;
    Some(Exact(Ratio::new(digits, BigInt::from(10).pow(places))))
}

impl From<Quantity> for Exact {
    fn from(quantity: Quantity) -> Self {
        Self::scaled(quantity.scaled(), Quantity::DECIMALS)
    }
}

impl From<Price> for Exact {
    fn from(price: Price) -> Self {
        Self::scaled(price.scaled(), Price::DECIMALS)
    }
}

impl From<Money> for Exact {
    fn from(money: Money) -> Self {
        Self::scaled(money.minor(), money.currency().minor_digits())
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.apply(other, Add::add, Add::add)
    }
}

impl Sub for Exact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.apply(other, Sub::sub, Sub::sub)
    }
}

impl Mul for Exact {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.apply(other, Mul::mul, Mul::mul)
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), Add::add)
    }
}
